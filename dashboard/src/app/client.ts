/** The client of the management API, and the cache of its responses. */
import { KeywardClient } from "@keyward/sdk";
import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { isSignedOut } from "../words/failure.ts";
import { serverUrl } from "./place.ts";

export const client = new KeywardClient({ baseUrl: serverUrl });

const STALE_AFTER_MS = 15_000;
let whenSignedOut: () => void = () => undefined;

/** `listener` is called when any call finds that the session has ended. */
export function onSignedOut(listener: () => void): void {
  whenSignedOut = listener;
}

/** Reports the end of the session if the error means that. */
export function noticeSignedOut(error: unknown): void {
  if (isSignedOut(error)) whenSignedOut();
}

/**
 * Never holds a secret: code that creates or shows a key calls the client itself and keeps the response in its component. The client
 * already retries what may be retried, so this does not.
 */
export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: noticeSignedOut }),
  mutationCache: new MutationCache({ onError: noticeSignedOut }),
  defaultOptions: { queries: { staleTime: STALE_AFTER_MS, retry: false }, mutations: { retry: false } },
});
