/** Whether the window is as narrow as a phone: for the few elements that move there. Everything else uses CSS classes. */
import { useSyncExternalStore } from "react";

/** Tailwind's `md`. */
const narrow = window.matchMedia("(width < 48rem)");

export function useIsNarrow(): boolean {
  return useSyncExternalStore(subscribe, () => narrow.matches);
}

function subscribe(listener: () => void): () => void {
  narrow.addEventListener("change", listener);
  return () => narrow.removeEventListener("change", listener);
}
