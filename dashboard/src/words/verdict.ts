/** What response a request would get, and why, in words for the key's owner. */
interface VerdictWords {
  readonly title: string;
  readonly text: string;
  /** The credential belongs to a key of the organization, perhaps another than the one on the page. */
  readonly isKnown: boolean;
}

const UNKNOWN: VerdictWords = {
  title: "It would be refused",
  text: "The server gave a reason that this page does not know. Reload the page.",
  isKnown: false,
};

const DISABLED_AND_EXPIRED = "The key is disabled, and it has also expired: enabling it would not help. Create a new one to replace it.";

const WORDS: Readonly<Record<string, VerdictWords>> = {
  valid: { title: "It would be accepted", text: "The key is active, and the request meets its restrictions.", isKnown: true },
  malformed: {
    title: "It would be refused: not a key",
    text: "It does not look like a key of this platform. It may be cut off or mistyped. Copy the whole key again.",
    isKnown: false,
  },
  wrong_environment: {
    title: "It would be refused: wrong environment",
    text: "The key belongs to an environment that this server does not serve. Send it to the server of that environment.",
    isKnown: false,
  },
  not_found: {
    title: "It would be refused: unknown",
    text: "This organization has no such key. It may be mistyped, or belong to somebody else.",
    isKnown: false,
  },
  revoked: { title: "It would be refused: revoked", text: "The key was revoked for good. Create a new one to replace it.", isKnown: true },
  disabled: { title: "It would be refused: disabled", text: "The key is disabled. Enable it to use it again.", isKnown: true },
  expired: { title: "It would be refused: expired", text: "The key has expired. Create a new one to replace it.", isKnown: true },
  origin_not_allowed: {
    title: "It would be refused: website not allowed",
    text: "A public key alone works only from the allowed domains. Add the domain of this origin, or send the secret key as well.",
    isKnown: true,
  },
  insufficient_scope: {
    title: "It would be refused: a scope is missing",
    text: "The key does not have all scopes that the request needs.",
    isKnown: true,
  },
  resource_not_allowed: {
    title: "It would be refused: not for this resource",
    text: "The key is restricted to other resources than the one in the request.",
    isKnown: true,
  },
  rate_limited: {
    title: "It would be refused for now: limit reached",
    text: "The key itself is active, but a limit is reached at the moment. Wait, or send fewer requests.",
    isKnown: true,
  },
};

/** `refusedFor` lists all reasons for refusal; `code` is the first. */
export function verdictWords(code: string, refusedFor: readonly string[] = []): VerdictWords {
  const words = (Object.hasOwn(WORDS, code) ? WORDS[code] : undefined) ?? UNKNOWN;
  // Enabling a key does not help if it has also expired.
  if (code === "disabled" && refusedFor.includes("expired")) return { ...words, text: DISABLED_AND_EXPIRED };
  return words;
}
