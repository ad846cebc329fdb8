/** Domains from which a public key may be used. */
import type { Send } from "../operations.ts";
import type { CallOptions } from "../transport.ts";

export function domainsResource(send: Send) {
  return {
    /** Checks domains separated by commas. For each, returns how it would be saved or why it would be refused, by the same rule as saving. */
    check: (domains: string, options?: CallOptions) => send("POST /keyward/v1/domains/check", { body: { domains } }, options),
  };
}
