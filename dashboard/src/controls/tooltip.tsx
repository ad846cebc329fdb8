/**
 * An explanation of an element, for pointer, keyboard and screen reader. A page has hundreds, but only one is visible at a time, so the
 * code that shows it is loaded when somebody first asks for one.
 */
import { cloneElement, lazy, type ReactElement, type ReactNode, Suspense, useEffect, useId, useRef, useSyncExternalStore } from "react";

const TooltipPopup = lazy(() => import("./tooltip-popup.tsx"));

interface Shown {
  readonly anchor: HTMLElement;
  readonly text: ReactNode;
}

/** Long enough to move the pointer from the element to its tooltip, where it may rest as well (WCAG 2.2, 1.4.13). */
const CLOSE_AFTER_MS = 150;

let shown: Shown | undefined;
let closing: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

function show(next: Shown | undefined): void {
  stay();
  shown = next;
  for (const listener of listeners) listener();
}

const close = () => show(undefined);
const stay = () => clearTimeout(closing);
const closeSoon = () => {
  stay();
  closing = setTimeout(() => {
    // With keyboard focus it stays until the focus moves away.
    if (document.activeElement !== shown?.anchor) close();
  }, CLOSE_AFTER_MS);
};

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

interface TriggerProps {
  children?: ReactNode;
  "aria-describedby"?: string;
  onPointerEnter?: (event: { currentTarget: EventTarget & HTMLElement }) => void;
  onPointerLeave?: () => void;
  onFocus?: (event: { currentTarget: EventTarget & HTMLElement }) => void;
  onBlur?: () => void;
}

/** `trigger` is the element that the text explains. It must be focusable, so that the text can be reached by keyboard. */
export function Tooltip({ text, trigger, children }: { text: ReactNode; trigger: ReactElement<TriggerProps>; children?: ReactNode }) {
  const id = useId();
  const anchor = useRef<HTMLElement>(undefined);
  const open = ({ currentTarget }: { currentTarget: EventTarget & HTMLElement }) => {
    anchor.current = currentTarget;
    show({ anchor: currentTarget, text });
  };
  // An element that is removed under the pointer gets no pointerleave event.
  useEffect(
    () => () => {
      if (shown !== undefined && shown.anchor === anchor.current) close();
    },
    [],
  );
  return (
    <>
      {cloneElement(
        trigger,
        { "aria-describedby": id, onPointerEnter: open, onPointerLeave: closeSoon, onFocus: open, onBlur: close },
        children ?? trigger.props.children,
      )}
      <span id={id} hidden>
        {text}
      </span>
    </>
  );
}

/** Renders the visible tooltip. Used once, in main.tsx. */
export function TooltipLayer() {
  const current = useSyncExternalStore(subscribe, () => shown);
  if (current === undefined) return null;
  return (
    <Suspense>
      <TooltipPopup {...current} onPointerEnter={stay} onPointerLeave={closeSoon} onClose={close} />
    </Suspense>
  );
}
