/** Tokens of services that verify keys. The operator's. */
import type { Body, Send } from "../operations.ts";
import type { CallOptions } from "../transport.ts";

export function serviceTokensResource(send: Send) {
  return {
    /** The `token` is in this response alone. */
    create: (body: Body<"POST /keyward/v1/service-tokens">, options?: CallOptions) =>
      send("POST /keyward/v1/service-tokens", { body }, options),
    /** All of them, revoked ones too. */
    list: (options?: CallOptions) => send("GET /keyward/v1/service-tokens", {}, options),
    /** Revokes for good: the token is refused as soon as this returns. */
    revoke: (id: string, options?: CallOptions) => send("DELETE /keyward/v1/service-tokens/{id}", { params: { id } }, options),
  };
}
