/** The platform that this Keyward serves. */
import type { Send } from "../operations.ts";
import type { CallOptions } from "../transport.ts";

export function platformResource(send: Send) {
  return {
    /** The form of its keys, its plans, and what people can do with keys. Open to everybody. */
    get: (options?: CallOptions) => send("GET /keyward/v1/platform", {}, options),
    /** What still needs the previous master secret. Says nothing about the secrets themselves. Only for the operator. */
    secrets: (options?: CallOptions) => send("GET /keyward/v1/secrets", {}, options),
    /** What should be so in production, and what is so on the running server. Only for the operator. */
    diagnosis: (options?: CallOptions) => send("GET /keyward/v1/diagnosis", {}, options),
  };
}
