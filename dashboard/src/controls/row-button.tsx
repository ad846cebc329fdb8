/** What takes a row away, after a question: in words, and on a phone, where the words have no room, as a cross. */
import { Button, type ButtonProps } from "./button.tsx";
import { Icon } from "./icon.tsx";

interface RowButtonProps extends Omit<ButtonProps, "look" | "className"> {
  /** Says the row as well: screen readers hear it instead of the words. */
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
