/** Staying on the page while an answer is on its way that nobody else will have: a secret that is shown once. */
import { useBlocker } from "@tanstack/react-router";

/** While `isBusy` no other address is gone to but the one where people sign in again; reloading asks in the browser's own words. */
export function useStayWhile(isBusy: boolean): void {
  useBlocker({
    shouldBlockFn: ({ next }) => next.fullPath !== "/keyward/sign-in",
    enableBeforeUnload: isBusy,
    disabled: !isBusy,
  });
}
