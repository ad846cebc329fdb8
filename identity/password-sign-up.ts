/**
 * Creates an account with a password. It replaces Better Auth's own endpoint, which adds the user and the account in separate statements: here
 * both are added in one transaction, together with the membership if the person was invited.
 */
import type { BetterAuthPlugin } from "better-auth";
import { APIError, createAuthEndpoint } from "better-auth/api";
import { setSessionCookie } from "better-auth/cookies";
import { z } from "zod";
import { type Outcome, ok, refuse } from "../engine/errors.ts";
import type { People } from "../service/people.ts";
import { refusal, unwrap } from "./refusal.ts";

interface PasswordSignUpOptions {
  /** Who may create an account: everybody, people with an invitation, or nobody. */
  readonly password: "open" | "invited" | undefined;
  readonly people: Pick<People, "add" | "invitationDigest">;
}

const body = z.object({ name: z.string(), email: z.string(), password: z.string(), invitation: z.string().optional() });

export function passwordSignUp({ password: policy, people }: PasswordSignUpOptions): BetterAuthPlugin {
  /** The digest of the invitation; undefined if none is needed. */
  async function invitationOf(token: string | undefined): Promise<Outcome<string | undefined>> {
    if (token !== undefined) return people.invitationDigest(token);
    return policy === "invited" ? refuse("forbidden", "A new account needs an invitation.") : ok(undefined);
  }
  return {
    id: "password-sign-up",
    endpoints: {
      signUpEmail: createAuthEndpoint("/sign-up/email", { method: "POST", body }, async (c) => {
        const { name, email, password, invitation } = c.body;
        if (policy === undefined) throw refusal({ code: "not_found", detail: "Passwords are not in use here." });
        // Checked before the password is hashed, which is slow on purpose, and once more in the transaction.
        const digest = unwrap(await invitationOf(invitation));
        const passwordHash = await c.context.password.hash(password);
        const id = unwrap(await people.add({ name, email, emailVerified: false, image: null, account: { passwordHash } }, digest));
        const { internalAdapter } = c.context;
        const user = id === undefined ? null : await internalAdapter.findUserById(id);
        if (user === null) throw new APIError("INTERNAL_SERVER_ERROR");
        await setSessionCookie(c, { session: await internalAdapter.createSession(user.id), user });
        return c.json({});
      }),
    },
  };
}
