/** Keeps the person on the page while a request is under way whose response contains a secret that is shown once. */
import { useBlocker } from "@tanstack/react-router";

/** While `isBusy`, navigation is blocked except to the sign-in page, and reloading shows the browser's own question. */
export function useStayWhile(isBusy: boolean): void {
  useBlocker({
    shouldBlockFn: ({ next }) => next.fullPath !== "/keyward/sign-in",
    enableBeforeUnload: isBusy,
    disabled: !isBusy,
  });
}
