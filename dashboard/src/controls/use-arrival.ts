/** Makes a new screen known to people who do not see it: its title, and the focus at its heading. */
import { useRouterState } from "@tanstack/react-router";
import { type RefObject, useEffect, useRef } from "react";

/** The address at which somebody has been received; none before the first, where the browser itself says the title. */
let received: string | undefined;

/** Answers where the heading belongs, which must be able to take the focus. */
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

/** A form that has the focus already keeps it. */
function isTyping(): boolean {
  return document.activeElement?.closest("[role=dialog], main input") != null;
}
