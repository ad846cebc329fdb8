/** The form of a platform's credentials: one secret, or a pair whose public key identifies it and whose secret key proves it. */
import type { Environment } from "./api-key.ts";
import { invalid, type Outcome, ok } from "./errors.ts";
import { generateKey, type KeyFormat, maximumLength, parseKey, type RandomBytes } from "./key-format.ts";

export type KeyForm =
  | { readonly kind: "secret"; readonly format: KeyFormat; readonly custom?: never }
  /** Whether people may choose their own secret. If so, every string of such a length may be a key. */
  | {
      readonly kind: "secret";
      readonly format: KeyFormat;
      readonly custom: { readonly minimumLength: number; readonly maximumLength: number };
    }
  /** Presented as `<public>:<secret>`, or the public half alone. */
  | { readonly kind: "pair"; readonly publicKey: KeyFormat; readonly secretKey: KeyFormat };

/** A new credential: what people see once, the secret that proves it, and the public key that identifies it. */
export interface Generated {
  readonly shown: { readonly key: string } | { readonly publicKey: string; readonly secretKey: string };
  readonly secret: string;
  readonly publicKey: string | null;
  /** As a request presents it. */
  readonly presented: string;
}

export function generateCredential(form: KeyForm, environment: Environment, randomBytes: RandomBytes): Generated {
  if (form.kind === "secret") return fromSecret(generateKey(form.format, environment, randomBytes));
  const publicKey = generateKey(form.publicKey, environment, randomBytes);
  const secretKey = generateKey(form.secretKey, environment, randomBytes);
  return { shown: { publicKey, secretKey }, secret: secretKey, publicKey, presented: `${publicKey}:${secretKey}` };
}

/** The credential of a platform whose keys are one secret. */
export function fromSecret(key: string): Generated {
  return { shown: { key }, secret: key, publicKey: null, presented: key };
}

/** What the form of a presented string tells: how to find its key, and what must match then. */
export type Presented =
  | { readonly wellFormed: false }
  | { readonly wellFormed: true; readonly environment: Environment; readonly publicKey: undefined; readonly secret: string }
  | { readonly wellFormed: true; readonly environment: Environment; readonly publicKey: string; readonly secret: string | undefined };

const MALFORMED: Presented = Object.freeze({ wellFormed: false });

export function parseCredential(form: KeyForm, presented: string): Presented {
  if (form.kind === "pair") return parsePair(form.publicKey, form.secretKey, presented);
  const parsed = parseKey(form.format, presented);
  if (parsed.wellFormed) return { wellFormed: true, environment: parsed.environment, publicKey: undefined, secret: presented };
  if (form.custom === undefined || !isPrintable(presented) || !hasLength(form.custom, presented)) return MALFORMED;
  return { wellFormed: true, environment: "live", publicKey: undefined, secret: presented };
}

function parsePair(publicFormat: KeyFormat, secretFormat: KeyFormat, presented: string): Presented {
  const [publicKey = "", secret, ...more] = presented.split(":", 3);
  const parsed = parseKey(publicFormat, publicKey);
  if (!parsed.wellFormed || more.length > 0) return MALFORMED;
  if (secret !== undefined && !parseKey(secretFormat, secret).wellFormed) return MALFORMED;
  return { wellFormed: true, environment: parsed.environment, publicKey, secret };
}

/** The longest string that can be a credential of this form. */
export function longestCredential(form: KeyForm): number {
  if (form.kind === "pair") return maximumLength(form.publicKey) + 1 + maximumLength(form.secretKey);
  return Math.max(maximumLength(form.format), form.custom?.maximumLength ?? 0);
}

/** The same refusal for "too easy to guess" and "already in use": nobody can learn from it that somebody else has this key. */
export const weakKey = (field: string) => invalid(field, `${field} is too easy to guess; choose another value`);

/** Checks a secret that somebody chose. The refusal names `field`. */
export function parseCustomKey({ custom }: Extract<KeyForm, { kind: "secret" }>, text: string, field: string): Outcome<string> {
  if (custom === undefined) return invalid(field, `${field} cannot be chosen`);
  if (!isPrintable(text)) return invalid(field, `${field} must be printable ASCII characters without spaces`);
  if (!hasLength(custom, text)) return invalid(field, `${field} must be ${custom.minimumLength} to ${custom.maximumLength} characters`);
  if (new Set(text).size === 1) return weakKey(field);
  return ok(text);
}

function isPrintable(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

function hasLength({ minimumLength, maximumLength: most }: { minimumLength: number; maximumLength: number }, text: string): boolean {
  return text.length >= minimumLength && text.length <= most;
}
