/** Names for changes that must not be made twice. */

/** 128 random bits: for `keys.create` and `keys.rotate`, when the caller may have to send the request again. (`crypto.randomUUID` is missing from pages over plain http.) */
export function newIdempotencyKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
