/** Signing in: the session is in a cookie, which only browsers keep. */
import type { Body, Send } from "../operations.ts";
import type { CallOptions } from "../transport.ts";

export function signInResource(send: Send) {
  return {
    /** Returns the `url` that the browser must open. `callbackURL` and `errorCallbackURL` are paths of the server. */
    social: (body: Body<"POST /keyward/auth/sign-in/social">, options?: CallOptions) =>
      send("POST /keyward/auth/sign-in/social", { body }, options),
    /** Signs in with e-mail and password. @throws KeywardError `invalid_credential`; `not_found` where passwords are not in use */
    email: (body: Body<"POST /keyward/auth/sign-in/email">, options?: CallOptions) =>
      send("POST /keyward/auth/sign-in/email", { body }, options),
    /**
     * Makes an account and signs in; with `invitation`, the person is a member of its organization at once.
     * @throws KeywardError `forbidden` where an invitation is needed or not in force, `already_exists`
     */
    signUp: (body: Body<"POST /keyward/auth/sign-up/email">, options?: CallOptions) =>
      send("POST /keyward/auth/sign-up/email", { body }, options),
    /** Ends all other sessions. */
    changePassword: (body: Body<"POST /keyward/auth/change-password">, options?: CallOptions) =>
      send("POST /keyward/auth/change-password", { body }, options),
  };
}
