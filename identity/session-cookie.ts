/**
 * The session cookie, read without Better Auth: a browser sends it with every management request, and the session is looked up in the store
 * each time. Better Auth writes it (`<token>.<HMAC-SHA-256 of the token, base64>`, percent-encoded); a test writes it with Better Auth and
 * reads it here.
 */
import { createHmac, timingSafeEqual } from "node:crypto";

export const COOKIE_PREFIX = "keyward";
/** Not "/", so that requests which the gateway passes on carry no session. */
export function cookiePath(prefix: string): string {
  return `${prefix}/keyward`;
}
/** A session ends a week after the sign-in, however much it is used. */
export const SESSION_SECONDS = 7 * 86_400;

const LONGEST = 512;

export function sessionCookieName(isSecure: boolean): string {
  return `${isSecure ? "__Secure-" : ""}${COOKIE_PREFIX}.session_token`;
}

/**
 * The session's token. Undefined without a cookie, with an altered one, and with two of that name: one of them was planted. The signature may be
 * under an earlier secret too: it proves nothing without the token, which is random and is looked up.
 */
export function readSessionCookie(
  cookieHeader: string | undefined,
  isSecure: boolean,
  ...secrets: readonly (string | undefined)[]
): string | undefined {
  const name = `${sessionCookieName(isSecure)}=`;
  const values = (cookieHeader ?? "")
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(name));
  if (values.length !== 1 || values[0] === undefined || values[0].length > LONGEST) return undefined;
  const value = decode(values[0].slice(name.length));
  const dot = value.lastIndexOf(".");
  if (dot < 1) return undefined;
  const token = value.slice(0, dot);
  const signature = Buffer.from(value.slice(dot + 1), "base64");
  const isSignedUnder = (secret: string | undefined) => secret !== undefined && isSame(signature, sign(token, secret));
  return secrets.some(isSignedUnder) ? token : undefined;
}

/** The `Cookie` header with its session signed under another secret. Undefined when no session in it is signed under `from`. */
export function signSessionAnew(
  cookieHeader: string | undefined,
  isSecure: boolean,
  { from, to }: { readonly from: string; readonly to: string },
): string | undefined {
  const token = readSessionCookie(cookieHeader, isSecure, from);
  if (token === undefined) return undefined;
  const name = `${sessionCookieName(isSecure)}=`;
  const value = encodeURIComponent(`${token}.${sign(token, to).toString("base64")}`);
  const pairs = (cookieHeader ?? "").split(";").map((pair) => pair.trim());
  return pairs.map((pair) => (pair.startsWith(name) ? name + value : pair)).join("; ");
}

const sign = (token: string, secret: string): Buffer => createHmac("sha256", secret).update(token).digest();

const isSame = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b);

/** Whether there is a session cookie, valid or not. */
export function presentsSessionCookie(cookieHeader: string | undefined, isSecure: boolean): boolean {
  return (cookieHeader ?? "").split(";").some((pair) => pair.trimStart().startsWith(`${sessionCookieName(isSecure)}=`));
}

/** A `Set-Cookie` that removes the session from the browser. */
export function clearedSessionCookie(isSecure: boolean, prefix: string): string {
  return `${sessionCookieName(isSecure)}=; Max-Age=0; Path=${cookiePath(prefix)}; HttpOnly; SameSite=Lax${isSecure ? "; Secure" : ""}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
