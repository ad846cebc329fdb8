/** Idempotency keys of the dialogs that make keys. */

/** What was sent under a key, and how the last of it ended. */
export interface Attempt<Body> {
  readonly key: string;
  readonly sent: readonly Body[];
  readonly error?: unknown;
}

/**
 * What `body` is sent under. It is another request than the one before when it says something else and the one before has surely come to
 * nothing. After a lost connection nobody knows, so that the key stays.
 */
export function nextAttempt<Body>(before: Attempt<Body>, body: Body, newKey: () => string): Attempt<Body> {
  const isNew = isRefusal(before.error) && JSON.stringify(before.sent.at(-1)) !== JSON.stringify(body);
  return isNew ? { key: newKey(), sent: [] } : before;
}

function isRefusal(error: unknown): boolean {
  if (typeof error !== "object" || error === null || !("status" in error) || typeof error.status !== "number") return false;
  const isUnsettled = "code" in error && typeof error.code === "string" && error.code.startsWith("idempotency_");
  return error.status < 500 && !isUnsettled;
}
