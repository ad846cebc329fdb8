/** The keys that Keyward computes with, all derived from one master secret. */
import { createHmac, hash, hkdfSync } from "node:crypto";

/** At least 32 characters; `openssl rand -base64 32` makes one. */
export const SECRET_MIN_CHARACTERS = 32;

export interface Secrets {
  /** What the stores keep of a key or a service token: HMAC-SHA-256 under the pepper, with the pepper's version before it. */
  digest(credential: string): string;
  /** Signs management JWTs (HS256). */
  readonly managementKey: Uint8Array;
  /** Signs session cookies, and encrypts what the sign-in library keeps. */
  readonly sessionSecret: string;
  /** Tells whether a database was made with this secret; says nothing about the secret. */
  readonly check: string;
}

/** @throws RangeError when the secret is too short to be one. */
export function deriveSecrets(master: string): Secrets {
  if (master.length < SECRET_MIN_CHARACTERS) throw new RangeError(`the secret must have at least ${SECRET_MIN_CHARACTERS} characters`);
  const derive = (purpose: string): Uint8Array => new Uint8Array(hkdfSync("sha256", master, "", `keyward ${purpose} 1`, 32));
  const pepper = derive("pepper");
  return {
    digest: (credential) => `1:${createHmac("sha256", pepper).update(credential).digest("base64url")}`,
    managementKey: derive("management"),
    sessionSecret: Buffer.from(derive("sessions")).toString("base64url"),
    check: Buffer.from(derive("check")).toString("base64url"),
  };
}

/**
 * Names a credential in memory. One SHA-256 without the pepper: the fastest there is, and from 112 random bits on it gives nothing
 * away (OWASP ASVS 5, 6.5.2). `latin1`, because that string is the smallest that holds 32 bytes.
 */
export function fingerprint(credential: string): string {
  return hash("sha256", credential, "latin1");
}
