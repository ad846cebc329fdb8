/** Short messages: read aloud by screen readers and shown for a moment to everybody. */
import { useSyncExternalStore } from "react";

const SHOWN_MS = 4_000;

let message = "";
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

/** `text` is one short sentence, and never a secret. */
export function announce(text: string): void {
  clearTimeout(timer);
  set(text);
  timer = setTimeout(() => set(""), SHOWN_MS);
}

function set(text: string): void {
  message = text;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function Announcer() {
  const text = useSyncExternalStore(subscribe, () => message);
  return (
    <div role="status" aria-live="polite" className="pointer-events-none fixed inset-x-0 bottom-6 z-[100] flex justify-center px-4">
      {text !== "" && <p className="rounded-lg bg-ink px-4 py-2 text-page shadow-popup">{text}</p>}
    </div>
  );
}
