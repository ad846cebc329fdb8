/** Keys for requests that must not take effect twice. */

/**
 * A new Idempotency-Key of 128 random bits, for `keys.create` and `keys.rotate`: pass it again to repeat the request later without creating
 * a second key. (Not `crypto.randomUUID`, which pages over plain http do not have.)
 * @example
 * const idempotencyKey = newIdempotencyKey();
 * const { key } = await client.keys.create(organizationId, { name: "production" }, { idempotencyKey });
 */
export function newIdempotencyKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
