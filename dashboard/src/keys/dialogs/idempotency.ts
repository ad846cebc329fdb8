/** Which idempotency key a request that creates a key is sent with. */

/** Bodies sent with one idempotency key, and how the last of them failed. */
export interface SentRequest<Body> {
  readonly key: string;
  readonly sent: readonly Body[];
  readonly error?: unknown;
}

/**
 * A new idempotency key if `body` differs from the last one and the server surely refused that. After a lost connection nobody knows
 * whether the last request succeeded, so the key stays the same.
 */
export function nextRequest<Body>(last: SentRequest<Body>, body: Body, newKey: () => string): SentRequest<Body> {
  const isNew = isRefusal(last.error) && JSON.stringify(last.sent.at(-1)) !== JSON.stringify(body);
  return isNew ? { key: newKey(), sent: [] } : last;
}

function isRefusal(error: unknown): boolean {
  if (typeof error !== "object" || error === null || !("status" in error) || typeof error.status !== "number") return false;
  const isUnsettled = "code" in error && typeof error.code === "string" && error.code.startsWith("idempotency_");
  return error.status < 500 && !isUnsettled;
}
