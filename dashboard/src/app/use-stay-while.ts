/** Staying on the page while an answer is on its way that nobody else will have: a secret that is shown once. */
import { useBlocker } from "@tanstack/react-router";

/** Holds every way that leads from the page; reloading and closing the tab ask in the browser's own words. Whoever is signed out goes. */
export function useStayWhile(isBusy: boolean): void {
  useBlocker({
    shouldBlockFn: ({ next }) => next.fullPath !== "/keyward/sign-in",
    enableBeforeUnload: isBusy,
    disabled: !isBusy,
  });
}
