/** The one client of the management API, and what of its answers is kept for a while. */
import { KeywardClient } from "@keyward/sdk";
import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { isSignedOut } from "../words/failure.ts";
import { serverUrl } from "./place.ts";

export const client = new KeywardClient({ baseUrl: serverUrl });

const STALE_AFTER_MS = 15_000;
let whenSignedOut: () => void = () => undefined;

/** `listener` hears that the session has ended, whichever call found out. */
export function onSignedOut(listener: () => void): void {
  whenSignedOut = listener;
}

/** Says that nobody is signed in any more, if that is what the error tells. */
export function noticeSignedOut(error: unknown): void {
  if (isSignedOut(error)) whenSignedOut();
}

/**
 * Never holds a secret: what creates or shows a key calls the client itself, and keeps the answer in its own component. The client
 * repeats what may be repeated, so that this does not.
 */
export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: noticeSignedOut }),
  mutationCache: new MutationCache({ onError: noticeSignedOut }),
  defaultOptions: { queries: { staleTime: STALE_AFTER_MS, retry: false }, mutations: { retry: false } },
});
