/** A dialog: a question or a form above the page. Escape, a click outside and the cross call `onClose`. */
import { Dialog as Base } from "@base-ui/react/dialog";
import { type ReactNode, useRef, useState } from "react";
import { buttonClass } from "./button.tsx";
import { classNames } from "./class-names.ts";
import { Icon } from "./icon.tsx";

interface DialogProps {
  title: string;
  description?: ReactNode;
  /** Called when the person wants to close it. The dialog closes when its owner stops rendering it. */
  onClose: () => void;
  /** Wider, for code and key pairs. */
  wide?: boolean;
  children: ReactNode;
}

/** Where the initial focus may go. A `Time` is focusable too, but would open its tooltip. */
const CONTROLS = "input:enabled, select:enabled, textarea:enabled, button:enabled, a[href]";

export function Dialog({ title, description, onClose, wide = false, children }: DialogProps) {
  const popup = useRef<HTMLDivElement>(null);
  const [opener] = useState(rememberOpener);
  return (
    <Base.Root open onOpenChange={(open) => !open && onClose()}>
      <Base.Portal>
        <Base.Backdrop forceRender className="fixed inset-0 z-40 bg-black/45" />
        <Base.Viewport className="fixed inset-0 z-40 grid items-end justify-items-center overflow-y-auto sm:items-center sm:p-6">
          <Base.Popup
            ref={popup}
            finalFocus={opener}
            // On touch, focusing an input would open the on-screen keyboard.
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

/** The element on the page that opened the current dialog. A dialog that replaces another returns the focus to it too. */
let openerOnPage: HTMLElement | null = null;

/** Returns a function that finds where the focus goes on closing: to the opener, or to the heading if that is gone. */
function rememberOpener(): () => HTMLElement | null {
  const active = document.activeElement as HTMLElement | null;
  // A menu item disappears with its menu: use the menu's button instead.
  const menu = active?.closest("[role=menu]");
  const opener = menu ? document.getElementById(menu.getAttribute("aria-labelledby") ?? "") : active;
  if (opener?.closest("[role=dialog]") == null) openerOnPage = opener;
  const isThere = (one: HTMLElement | null) => one !== document.body && one?.isConnected === true;
  return () => [opener, openerOnPage].find(isThere) ?? document.querySelector("h1");
}

/** The buttons of a dialog, main action last. On a phone they stay visible while the rest scrolls. */
export function DialogActions({ children }: { children: ReactNode }) {
  return (
    <div className="mt-6 flex gap-2 max-sm:sticky max-sm:bottom-0 max-sm:-mx-5 max-sm:-mb-5 max-sm:border-t max-sm:border-line max-sm:bg-raised max-sm:px-5 max-sm:py-3 max-sm:*:min-h-11 max-sm:*:grow sm:justify-end">
      {children}
    </div>
  );
}
