/** A dialog: a question or a form above the page. Escape, a click outside and the cross close it, unless `onClose` does not. */
import { Dialog as Base } from "@base-ui/react/dialog";
import { type ReactNode, useRef } from "react";
import { buttonClass } from "./button.tsx";
import { classNames } from "./class-names.ts";
import { Icon } from "./icon.tsx";

export interface DialogProps {
  title: string;
  description?: ReactNode;
  /** Called when the person wants to leave; the dialog goes when its owner stops rendering it. */
  onClose: () => void;
  /** A wider one, for code and pairs of keys. */
  wide?: boolean;
  children: ReactNode;
}

/** What the keyboard is for. A moment can have the focus as well, and would show its tooltip unasked. */
const CONTROLS = "input:enabled, select:enabled, textarea:enabled, button:enabled, a[href]";

export function Dialog({ title, description, onClose, wide = false, children }: DialogProps) {
  const popup = useRef<HTMLDivElement>(null);
  return (
    <Base.Root open onOpenChange={(open) => !open && onClose()}>
      <Base.Portal>
        <Base.Backdrop forceRender className="fixed inset-0 z-40 bg-black/45" />
        <Base.Viewport className="fixed inset-0 z-40 grid items-end justify-items-center overflow-y-auto sm:items-center sm:p-6">
          <Base.Popup
            ref={popup}
            // A finger would call up the keyboard of a phone.
            initialFocus={(by) => (by === "touch" ? popup.current : (popup.current?.querySelector<HTMLElement>(CONTROLS) ?? true))}
            className={classNames(
              "relative w-full rounded-t-2xl border border-line bg-raised p-5 shadow-popup outline-none sm:rounded-2xl sm:p-6",
              wide ? "sm:max-w-2xl" : "sm:max-w-lg",
            )}
          >
            <Base.Title className="pr-10 text-lg font-semibold text-balance wrap-anywhere">{title}</Base.Title>
            {description !== undefined && <Base.Description className="mt-1 text-ink-soft wrap-anywhere">{description}</Base.Description>}
            <div className="mt-5">{children}</div>
            <Base.Close aria-label="Close" className={buttonClass("quiet", "absolute top-4 right-4 px-2")}>
              <Icon name="close" />
            </Base.Close>
          </Base.Popup>
        </Base.Viewport>
      </Base.Portal>
    </Base.Root>
  );
}

/** The buttons at the end of a dialog: what it is for comes last. */
export function DialogActions({ children }: { children: ReactNode }) {
  return <div className="mt-6 flex flex-col-reverse gap-2 sm:flex-row sm:justify-end">{children}</div>;
}
