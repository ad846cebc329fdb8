/** Asks whether a request may pass. */
import type { Body, Send } from "../operations.ts";
import type { CallOptions } from "../transport.ts";

export function verifyOperation(send: Send) {
  return (body: Body<"POST /keyward/v1/verify">, options?: CallOptions) => send("POST /keyward/v1/verify", { body }, options);
}
