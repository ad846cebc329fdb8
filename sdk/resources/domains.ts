/** Domains from which a public key may be used. */
import type { Send } from "../operations.ts";
import type { CallOptions } from "../transport.ts";

export function domainsResource(send: Send) {
  return {
    /** How each of `a.com, *.b.com` would be saved, or why not: the same rule as saving, in the same words. */
    check: (domains: string, options?: CallOptions) => send("POST /keyward/v1/domains/check", { body: { domains } }, options),
  };
}
