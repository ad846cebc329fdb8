/** What can be done with a row: in words, and on a phone, where the words have no room, as a picture. */
import { Button, type ButtonProps } from "./button.tsx";
import { Icon, type IconName } from "./icon.tsx";

export interface RowButtonProps extends Omit<ButtonProps, "look" | "className"> {
  icon: IconName;
  /** Says the row as well: screen readers hear it instead of the words. */
  "aria-label": string;
}

export function RowButton({ icon, children, ...button }: RowButtonProps) {
  return (
    <Button look="quiet" {...button}>
      <Icon name={icon} className="size-4 sm:hidden" />
      <span className="max-sm:hidden">{children}</span>
    </Button>
  );
}
