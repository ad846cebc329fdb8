/**
 * The device cookie (OWASP, "Slow Down Online Guessing Attacks with Device Cookies"): with it, a browser proves that it has signed in to an
 * account before, and its attempts are counted separately. So strangers who guess passwords slow down each other, and not the owner.
 * The cookie signs nobody in.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { COOKIE_PREFIX, cookiePath } from "./session-cookie.ts";

const MAX_AGE_SECONDS = 180 * 86_400;

const nameOf = (isSecure: boolean): string => `${isSecure ? "__Secure-" : ""}${COOKIE_PREFIX}.device`;

/** A `Set-Cookie` for a browser that has signed in to the account of this e-mail address. `device` is random, base64url. */
export function deviceCookie(
  { secret, isSecure, prefix }: { readonly secret: string; readonly isSecure: boolean; readonly prefix: string },
  device: string,
  email: string,
): string {
  const value = `${device}.${sign(secret, device, email).toString("base64url")}`;
  return `${nameOf(isSecure)}=${value}; Max-Age=${MAX_AGE_SECONDS}; Path=${cookiePath(prefix)}; HttpOnly; SameSite=Lax${isSecure ? "; Secure" : ""}`;
}

/** The device in a `Cookie` header, if it has signed in to this account before. */
export function readDeviceCookie(cookieHeader: string | undefined, isSecure: boolean, secret: string, email: string): string | undefined {
  const name = `${nameOf(isSecure)}=`;
  for (const pair of (cookieHeader ?? "").split(";")) {
    // Every cookie of that name: a neighbouring host may have planted one, which must not hide the other.
    const [, device, signature] =
      /^([\w-]{22})\.([\w-]{43})$/.exec(pair.trim().startsWith(name) ? pair.trim().slice(name.length) : "") ?? [];
    if (device === undefined || signature === undefined) continue;
    if (timingSafeEqual(Buffer.from(signature, "base64url"), sign(secret, device, email))) return device;
  }
  return undefined;
}

function sign(secret: string, device: string, email: string): Buffer {
  return createHmac("sha256", secret).update(`device\0${device}\0${email.toLowerCase()}`).digest();
}
