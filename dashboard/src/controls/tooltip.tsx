/** A word more about something, for the pointer, the keyboard and the screen reader alike. */
import { Tooltip as Base } from "@base-ui/react/tooltip";
import { type ReactElement, type ReactNode, useId } from "react";

export const TooltipProvider = Base.Provider;

/** `trigger` is the element that the text belongs to; it must be able to have the focus, so that the keyboard reaches the text. */
export function Tooltip({ text, trigger, children }: { text: ReactNode; trigger: ReactElement; children?: ReactNode }) {
  const id = useId();
  return (
    <Base.Root>
      <Base.Trigger render={trigger} aria-describedby={id}>
        {children}
      </Base.Trigger>
      <span id={id} hidden>
        {text}
      </span>
      <Base.Portal>
        <Base.Positioner sideOffset={6} className="z-50">
          <Base.Popup className="max-w-72 rounded-lg bg-ink px-2.5 py-1.5 text-xs text-page shadow-popup">{text}</Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
