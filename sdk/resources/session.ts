/** The caller's own sessions. */
import type { Body, Send } from "../operations.ts";
import type { CallOptions } from "../transport.ts";

export function sessionResource(send: Send) {
  return {
    /** Who is signed in, their organizations, and the ways to sign in. `user` is null if nobody is signed in. */
    get: (options?: CallOptions) => send("GET /keyward/v1/session", {}, options),
    /** Creates a management JWT for one of the caller's organizations. */
    token: (body: Body<"POST /keyward/v1/session/token">, options?: CallOptions) =>
      send("POST /keyward/v1/session/token", { body }, options),
    /** Who the client's token belongs to, whatever its kind. */
    caller: (options?: CallOptions) => send("GET /keyward/v1/caller", {}, options),
    /** Signs out. */
    end: (options?: CallOptions) => send("DELETE /keyward/v1/session", {}, options),
    /** Signs out everywhere. */
    endAll: (options?: CallOptions) => send("DELETE /keyward/v1/sessions", {}, options),
    /** Creates a link that signs the operator into the dashboard, once, within 15 minutes. Only for the operator. */
    operatorLink: (options?: CallOptions) => send("POST /keyward/v1/operator-links", {}, options),
    /** The sessions of the caller. */
    list: (options?: CallOptions) => send("GET /keyward/v1/sessions", {}, options),
    /** Ends one session of the caller. @throws KeywardError `not_found`, also for another person's session */
    endOne: (sessionId: string, options?: CallOptions) =>
      send("DELETE /keyward/v1/sessions/{sessionId}", { params: { sessionId } }, options),
  };
}
