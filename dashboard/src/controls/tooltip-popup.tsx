/** The box of the visible tooltip. Separate from `tooltip.tsx`, so that it is loaded when needed. */
import { Tooltip as Base } from "@base-ui/react/tooltip";
import type { MouseEvent, ReactNode } from "react";

interface TooltipPopupProps {
  anchor: HTMLElement;
  text: ReactNode;
  onPointerEnter: () => void;
  onPointerLeave: () => void;
  onClose: () => void;
}

/** Hidden from screen readers, which read the text with its element. */
export default function TooltipPopup({ anchor, text, onClose, ...pointer }: TooltipPopupProps) {
  return (
    <Base.Root open onOpenChange={(open) => !open && onClose()}>
      <Base.Portal>
        <Base.Positioner anchor={anchor} sideOffset={6} aria-hidden="true" className="z-50" {...pointer} onMouseDown={keepFocus}>
          <Base.Popup className="max-w-72 rounded-lg bg-ink px-2.5 py-1.5 text-xs text-page shadow-popup">{text}</Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

/** A click on the tooltip leaves the focus where it is. */
const keepFocus = (event: MouseEvent) => event.preventDefault();
