/** The button that removes a row: a word, or on a phone, where there is no room for it, a cross. */
import { Button, type ButtonProps } from "./button.tsx";
import { Icon } from "./icon.tsx";

interface RowButtonProps extends Omit<ButtonProps, "look" | "className"> {
  /** Names the row as well; screen readers read it instead of the word. */
  "aria-label": string;
}

export function RowButton({ children, ...button }: RowButtonProps) {
  return (
    <Button look="quiet" {...button}>
      <Icon name="close" className="size-4 sm:hidden" />
      <span className="max-sm:hidden">{children}</span>
    </Button>
  );
}
