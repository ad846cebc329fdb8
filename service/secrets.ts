/** Keyward's cryptographic keys, all derived from the master secret, and from the one that it replaces. */
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

/** A master secret, and the number under which a database knows it: what is derived from it begins with that number. */
interface MasterSecret {
  readonly id: number;
  readonly secret: string;
}

/**
 * Derived from the current master secret and, while it replaces another, from that one too. Everything new is made under the current one.
 * What was made under the previous one is still read, except JWTs and device cookies: with a secret that has leaked, anybody can make those.
 */
export interface Secrets {
  /** What the stores keep of a key or a service token: HMAC-SHA-256 under the pepper, preceded by the number of the master secret. */
  digest(credential: string): string;
  /** The digest, and after it the one under the previous secret, if there is one. Takes the same work for every credential. */
  digests(credential: string): readonly string[];
  /** Encrypts a key (AES-256-GCM) so that it can be shown again. It can be decrypted only with the same id. */
  seal(key: string, keyId: string): string;
  /** @throws Error when the text was altered, sealed for another id, or under a secret that is not given. */
  unseal(sealed: string, keyId: string): string;
  /** Encrypts the cursors of lists: nobody can read them in URLs and logs, or change them. */
  readonly cursors: Sealing;
  /** Signs management JWTs (HS256). */
  readonly managementKey: Uint8Array;
  /** Signs session cookies, and encrypts what the sign-in library stores. */
  readonly sessionSecret: string;
  /** Signed the session cookies of people who signed in before the master secret was replaced. */
  readonly previousSessionSecret: string | undefined;
  /** The numbers of the secrets. */
  readonly id: number;
  readonly previousId: number | undefined;
}

/** @throws RangeError when a secret is too short to be one. */
export function deriveSecrets(current: MasterSecret, previous?: MasterSecret): Secrets {
  const given = previous === undefined ? [current] : [current, previous];
  const peppers = given.map((master) => ({ id: master.id, pepper: derive(master, "pepper") }));
  const digestUnder = ({ id, pepper }: (typeof peppers)[number], credential: string) =>
    `${id}:${createHmac("sha256", pepper).update(credential).digest("base64url")}`;
  const [own] = peppers as [(typeof peppers)[number]];
  const sessionSecret = (master: MasterSecret) => Buffer.from(derive(master, "sessions")).toString("base64url");
  return {
    id: current.id,
    previousId: previous?.id,
    digest: (credential) => digestUnder(own, credential),
    digests: (credential) => peppers.map((each) => digestUnder(each, credential)),
    ...sealingUnder(given, "sealing"),
    cursors: sealingUnder(given, "cursors"),
    managementKey: derive(current, "management"),
    sessionSecret: sessionSecret(current),
    previousSessionSecret: previous && sessionSecret(previous),
  };
}

/** Shows whether a database was used with this secret. Reveals nothing about the secret. @throws RangeError when it is too short */
export function checkOf(secret: string): string {
  return Buffer.from(derive({ id: 0, secret }, "check")).toString("base64url");
}

/** Whether a credential whose digests these are has the digest that is stored; in constant time. */
export function matches(stored: string, digests: readonly string[]): boolean {
  const expected = Buffer.from(stored);
  // No early end: how long it takes must not tell under which secret a key was made.
  return digests.map((each) => isSame(expected, Buffer.from(each))).includes(true);
}

/** `timingSafeEqual` requires the same length, which digests under secrets with numbers of one digit have. */
function isSame(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

function derive({ secret }: MasterSecret, purpose: string): Uint8Array {
  if (secret.length < SECRET_MIN_CHARACTERS) throw new RangeError(`the secret must have at least ${SECRET_MIN_CHARACTERS} characters`);
  return new Uint8Array(hkdfSync("sha256", secret, "", `keyward ${purpose} 1`, 32));
}

/** Seals under the first secret, and unseals what was sealed under any of them. */
function sealingUnder(given: readonly MasterSecret[], purpose: string): Sealing {
  const keys = new Map(given.map((master) => [master.id, derive(master, purpose)]));
  const [[id, key]] = [...keys] as [[number, Uint8Array]];
  return {
    seal(text, sealedFor) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(sealedFor));
      return `${id}:${Buffer.concat([nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]).toString("base64url")}`;
    },
    unseal(sealed, sealedFor) {
      const colon = sealed.indexOf(":");
      const known = keys.get(Number(sealed.slice(0, colon)));
      if (known === undefined) throw new Error("sealed under another secret");
      const bytes = Buffer.from(sealed.slice(colon + 1), "base64url");
      const decipher = createDecipheriv("aes-256-gcm", known, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES }).setAAD(
        Buffer.from(sealedFor),
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
