/** What the mount of Better Auth and its set-up must agree on. Apart from the set-up, which loads all of it. */

/** Under which Better Auth is mounted. */
export const AUTH_PATH = "/keyward/auth";
/** The page where people sign in. */
export const SIGN_IN_PAGE = "/keyward/sign-in";
/** Carries the client's address from our own listener; the client's own header of this name never gets through. */
export const ADDRESS_HEADER = "x-keyward-client-address";

/** What stands before every path in a browser: `/keys` where people reach Keyward at `https://example.com/keys`, "" at an origin alone. */
export function pathPrefix(baseUrl: string): string {
  return new URL(baseUrl).pathname.replace(/\/$/, "");
}
