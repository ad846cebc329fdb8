/** Signing in. The session is in a cookie, which only browsers keep. */
import type { Body, Send } from "../operations.ts";
import type { CallOptions } from "../transport.ts";

export function signInResource(send: Send) {
  return {
    /** Begins a sign-in with a provider. Returns the `url` that the browser must open. `callbackURL` and `errorCallbackURL` are paths of the server. */
    social: (body: Body<"POST /keyward/auth/sign-in/social">, options?: CallOptions) =>
      send("POST /keyward/auth/sign-in/social", { body }, options),
    /** Signs in with e-mail and password. @throws KeywardError `invalid_credential`; `not_found` if passwords are off */
    email: (body: Body<"POST /keyward/auth/sign-in/email">, options?: CallOptions) =>
      send("POST /keyward/auth/sign-in/email", { body }, options),
    /**
     * Creates an account and signs in. With `invitation`, the person becomes a member of its organization.
     * @throws KeywardError `forbidden` if an invitation is missing or not valid, `already_exists`
     */
    signUp: (body: Body<"POST /keyward/auth/sign-up/email">, options?: CallOptions) =>
      send("POST /keyward/auth/sign-up/email", { body }, options),
    /** Changes the password, and ends all other sessions. */
    changePassword: (body: Body<"POST /keyward/auth/change-password">, options?: CallOptions) =>
      send("POST /keyward/auth/change-password", { body }, options),
  };
}
