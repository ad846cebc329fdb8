/** The caller's own sessions. */
import type { Body, Send } from "../operations.ts";
import type { CallOptions } from "../transport.ts";

export function sessionResource(send: Send) {
  return {
    /** Who is signed in, with which organizations, and how one can sign in; `user` is null when nobody is. */
    get: (options?: CallOptions) => send("GET /keyward/v1/session", {}, options),
    /** A management JWT for one of the caller's organizations. */
    token: (body: Body<"POST /keyward/v1/session/token">, options?: CallOptions) =>
      send("POST /keyward/v1/session/token", { body }, options),
    /** Signs out. */
    end: (options?: CallOptions) => send("DELETE /keyward/v1/session", {}, options),
    /** Signs out everywhere. */
    endAll: (options?: CallOptions) => send("DELETE /keyward/v1/sessions", {}, options),
    /** A link that signs the operator into the dashboard, once, within a quarter of an hour. For the operator. */
    operatorLink: (options?: CallOptions) => send("POST /keyward/v1/operator-links", {}, options),
    /** Where the caller is signed in. */
    list: (options?: CallOptions) => send("GET /keyward/v1/sessions", {}, options),
    /** Signs out of another session. @throws KeywardError `not_found` for another person's session */
    endOne: (sessionId: string, options?: CallOptions) =>
      send("DELETE /keyward/v1/sessions/{sessionId}", { params: { sessionId } }, options),
  };
}
