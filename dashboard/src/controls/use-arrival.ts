/** Announces a new page to screen readers: sets the document's title and focuses the heading. */
import { useRouterState } from "@tanstack/react-router";
import { type RefObject, useEffect, useRef } from "react";

/** The last address that was announced; undefined before the first, which the browser announces itself. */
let received: string | undefined;

/** Returns the ref for the heading, which must be focusable. */
export function useArrival(title: string): RefObject<HTMLHeadingElement | null> {
  const heading = useRef<HTMLHeadingElement>(null);
  const address = useRouterState({ select: ({ resolvedLocation }) => resolvedLocation?.pathname });
  useEffect(() => {
    document.title = title;
  }, [title]);
  useEffect(() => {
    if (address === undefined || address === received) return;
    if (received !== undefined && !isTyping()) heading.current?.focus({ preventScroll: true });
    received = address;
  }, [address]);
  return heading;
}

/** A form that already has the focus keeps it. */
function isTyping(): boolean {
  return document.activeElement?.closest("[role=dialog], main input") != null;
}
