/** Keyward's cryptographic keys, all derived from one master secret. */
import { createCipheriv, createDecipheriv, createHmac, hash, hkdfSync, randomBytes, timingSafeEqual } from "node:crypto";

/** At least 32 characters; `openssl rand -base64 32` makes one. */
export const SECRET_MIN_CHARACTERS = 32;

/** As NIST SP 800-38D recommends for GCM. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Encryption (AES-256-GCM) of a text for one purpose. */
export interface Sealing {
  seal(text: string, purpose: string): string;
  /** @throws Error when the text was altered, or sealed for another purpose. */
  unseal(sealed: string, purpose: string): string;
}

export interface Secrets {
  /** What the stores keep of a key or a service token: HMAC-SHA-256 under the pepper, preceded by the version of the pepper. */
  digest(credential: string): string;
  /** Whether a credential has this digest; in constant time. */
  matches(digest: string, credential: string): boolean;
  /** Encrypts a key (AES-256-GCM) so that it can be shown again. It can be decrypted only with the same id. */
  seal(key: string, keyId: string): string;
  /** @throws Error when the text was altered, or sealed for another id. */
  unseal(sealed: string, keyId: string): string;
  /** Encrypts the cursors of lists: nobody can read them in URLs and logs, or change them. */
  readonly cursors: Sealing;
  /** Signs management JWTs (HS256). */
  readonly managementKey: Uint8Array;
  /** Signs session cookies, and encrypts what the sign-in library stores. */
  readonly sessionSecret: string;
  /** Shows whether a database was created with this secret. Reveals nothing about the secret. */
  readonly check: string;
}

/** @throws RangeError when the secret is too short to be one. */
export function deriveSecrets(master: string): Secrets {
  if (master.length < SECRET_MIN_CHARACTERS) throw new RangeError(`the secret must have at least ${SECRET_MIN_CHARACTERS} characters`);
  const derive = (purpose: string): Uint8Array => new Uint8Array(hkdfSync("sha256", master, "", `keyward ${purpose} 1`, 32));
  const pepper = derive("pepper");
  const digest = (credential: string): string => `1:${createHmac("sha256", pepper).update(credential).digest("base64url")}`;
  return {
    digest,
    // Both sides have the same length, which timingSafeEqual requires, whatever was presented.
    matches: (expected, credential) => {
      const [a, b] = [Buffer.from(expected), Buffer.from(digest(credential))];
      return a.length === b.length && timingSafeEqual(a, b);
    },
    ...sealingUnder(derive("sealing")),
    cursors: sealingUnder(derive("cursors")),
    managementKey: derive("management"),
    sessionSecret: Buffer.from(derive("sessions")).toString("base64url"),
    check: Buffer.from(derive("check")).toString("base64url"),
  };
}

function sealingUnder(secret: Uint8Array): Sealing {
  return {
    seal(text, purpose) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", secret, nonce).setAAD(Buffer.from(purpose));
      return `1:${Buffer.concat([nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]).toString("base64url")}`;
    },
    unseal(sealed, purpose) {
      const bytes = Buffer.from(sealed.slice(2), "base64url");
      const decipher = createDecipheriv("aes-256-gcm", secret, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES }).setAAD(
        Buffer.from(purpose),
      );
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      return decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES), undefined, "utf8") + decipher.final("utf8");
    },
  };
}

/**
 * The name of a credential in memory: one SHA-256 without the pepper, which is the fastest hash, and safe for credentials of at least 112
 * random bits (OWASP ASVS 5, 6.5.2). It is never stored. `latin1` makes the smallest string that holds 32 bytes.
 */
export function fingerprint(credential: string): string {
  return hash("sha256", credential, "latin1");
}
