/** Paths and names that the routes and the set-up of Better Auth share. A separate file, because the set-up loads the whole library. */

/** The path below which Better Auth is mounted. */
export const AUTH_PATH = "/keyward/auth";
/** The page where a person lets a terminal in. */
export const DEVICE_PAGE = "/keyward/device";
/** The page where people sign in. */
export const SIGN_IN_PAGE = "/keyward/sign-in";
/** The header with the client's address, set by our own listener. A header of this name from the client is never passed on. */
export const ADDRESS_HEADER = "x-keyward-client-address";

/** The path of the base URL, which comes before every path in a browser: `/keys` for `https://example.com/keys`, "" for an origin alone. */
export function pathPrefix(baseUrl: string): string {
  return new URL(baseUrl).pathname.replace(/\/$/, "");
}
