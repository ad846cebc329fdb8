/** Names for changes that must not be made twice. */

/** The caller's own, or a new one of 128 random bits. (`crypto.randomUUID` is missing from pages over plain http.) */
export function newIdempotencyKey({ idempotencyKey }: { readonly idempotencyKey?: string | undefined } = {}): string {
  if (idempotencyKey !== undefined) return idempotencyKey;
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
