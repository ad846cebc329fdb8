/** Tokens of services that verify keys. Only for the operator. */
import type { Body, Send } from "../operations.ts";
import type { CallOptions } from "../transport.ts";

export function serviceTokensResource(send: Send) {
  return {
    /** Creates a token. `token` is only in this response. */
    create: (body: Body<"POST /keyward/v1/service-tokens">, options?: CallOptions) =>
      send("POST /keyward/v1/service-tokens", { body }, options),
    /** All tokens, including revoked ones. */
    list: (options?: CallOptions) => send("GET /keyward/v1/service-tokens", {}, options),
    /** Revokes a token permanently. It is refused once this has resolved. */
    revoke: (id: string, options?: CallOptions) => send("DELETE /keyward/v1/service-tokens/{id}", { params: { id } }, options),
  };
}
