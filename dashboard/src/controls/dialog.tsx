/** A dialog: a question or a form above the page. Escape, a click outside and the cross close it, unless `onClose` does not. */
import { Dialog as Base } from "@base-ui/react/dialog";
import { type ReactNode, useRef, useState } from "react";
import { buttonClass } from "./button.tsx";
import { classNames } from "./class-names.ts";
import { Icon } from "./icon.tsx";

interface DialogProps {
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
  const [opener] = useState(rememberOpener);
  return (
    <Base.Root open onOpenChange={(open) => !open && onClose()}>
      <Base.Portal>
        <Base.Backdrop forceRender className="fixed inset-0 z-40 bg-black/45" />
        <Base.Viewport className="fixed inset-0 z-40 grid items-end justify-items-center overflow-y-auto sm:items-center sm:p-6">
          <Base.Popup
            ref={popup}
            finalFocus={opener}
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

/** What opened a dialog from the page itself; a dialog that follows another one leads back there too. */
let openerOnPage: HTMLElement | null = null;

/** Answers where the focus goes when the dialog is gone: to what opened it, or to the heading if that is gone as well. */
function rememberOpener(): () => HTMLElement | null {
  const active = document.activeElement as HTMLElement | null;
  // The item of a menu goes with its menu: the button of the menu stays.
  const menu = active?.closest("[role=menu]");
  const opener = menu ? document.getElementById(menu.getAttribute("aria-labelledby") ?? "") : active;
  if (opener?.closest("[role=dialog]") == null) openerOnPage = opener;
  const isThere = (one: HTMLElement | null) => one !== document.body && one?.isConnected === true;
  return () => [opener, openerOnPage].find(isThere) ?? document.querySelector("h1");
}

/** The buttons at the end of a dialog: what it is for comes last. On a phone they stay in sight while the rest scrolls. */
export function DialogActions({ children }: { children: ReactNode }) {
  return (
    <div className="mt-6 flex gap-2 max-sm:sticky max-sm:bottom-0 max-sm:-mx-5 max-sm:-mb-5 max-sm:border-t max-sm:border-line max-sm:bg-raised max-sm:px-5 max-sm:py-3 max-sm:*:min-h-11 max-sm:*:grow sm:justify-end">
      {children}
    </div>
  );
}
