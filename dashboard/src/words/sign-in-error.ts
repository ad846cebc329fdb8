/** Why somebody is back at the sign-in page, by the code in its address: our own codes, and those of OAuth providers. */
const SENTENCES: Readonly<Record<string, string>> = Object.assign(Object.create(null) as Record<string, string>, {
  session_ended: "Your session has ended. Sign in again to return to where you were.",
  invalid_credential: "This link was already used, or has expired. Run bin/keyward sign-in on the server to get a new one.",
  access_denied: "The provider says that you cancelled. Try again, or choose another way.",
  account_not_linked: "Another account here has the same e-mail address. Sign in the way you did the first time.",
  email_not_found: "The provider did not send your e-mail address. Add one to your account there, or choose another way.",
  email_is_missing: "The provider did not send your e-mail address. Add one to your account there, or choose another way.",
  email_not_valid: "The e-mail address from the provider cannot be used here. Change it there, or choose another way.",
  invitation_gone: "The invitation was used or withdrawn, or is more than a week old. Ask the person who invited you for a new link.",
  rate_limited: "Too many attempts. Wait a minute, and try again.",
  identity_unavailable: "The provider cannot be reached. Try again in a moment.",
  state_mismatch: "Signing in took too long, or was started in another window. Try again.",
  state_not_found: "Signing in took too long, or was started in another window. Try again.",
  invalid_code: "Signing in took too long, or was started in another window. Try again.",
  please_restart_the_process: "Signing in took too long, or was started in another window. Try again.",
});

/** One or two sentences. Never text from the address, which anybody can write. */
export function signInErrorInWords(code: string): string {
  return SENTENCES[code] ?? "Signing in did not work. Try again. If it fails again, tell the operator.";
}
