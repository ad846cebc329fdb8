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

/** The session's token. Undefined without a cookie, with an altered one, and with two of that name: one of them was planted. */
export function readSessionCookie(cookieHeader: string | undefined, isSecure: boolean, secret: string): string | undefined {
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
  const expected = createHmac("sha256", secret).update(token).digest();
  return signature.length === expected.length && timingSafeEqual(signature, expected) ? token : undefined;
}

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
