/** What is kept of a request that was refused, and what its owner is told about it (docs/decisions/0034). */
import { isAllowedHost, originHost } from "./domain.ts";
import type { Ask, Refusal } from "./judge.ts";
import type { RateLimit } from "./limits.ts";
import { missingScopes } from "./scopes.ts";

/** Where requests are judged. */
export const REFUSING_SURFACES = ["verify", "whoami", "forward-auth", "gateway", "platform", "library"] as const;
export type RefusingSurface = (typeof REFUSING_SURFACES)[number];

/** Nothing could be judged. */
export const UNJUDGED_REASONS = ["missing_credential", "multiple_credentials"] as const;
export type RefusalReason = Refusal | (typeof UNJUDGED_REASONS)[number];

/** The facts that decided, as far as the rule has some. An absent field says nothing. */
export interface RefusalFacts {
  /** Scopes that the request needed and the key lacks. */
  readonly missingScopes?: readonly string[];
  /** The website that the request came from, without path, query or user; null if it named none. */
  readonly origin?: string | null;
  /** Where the key may be used. */
  readonly domains?: readonly string[];
  /** What the request was about. */
  readonly resource?: string;
  /** When the key expired, in milliseconds since the epoch. */
  readonly expiredAt?: number;
  /** The limits that were used up. */
  readonly limits?: readonly { readonly name: string; readonly limit: number }[];
  /** The first moment at which the same request would pass, in milliseconds since the epoch. */
  readonly retryAt?: number;
}

/** The parts of a key that a refusal is about. */
interface RefusedKey {
  readonly scopes: readonly string[];
  readonly requiredOrigin: readonly string[] | null;
  readonly expiresAt: number | null;
}

interface Deciding {
  readonly key: RefusedKey | undefined;
  readonly ask: Ask;
  /** Of the verdict. */
  readonly retryAt: number;
  readonly rateLimits: () => readonly RateLimit[];
}

/** Enough to act on; a request can need more scopes, and a key can allow more domains. */
const MOST_NAMED = 10;

/** What decided about this request. Text of the request is as it came: shorten it and cut out secrets before it is kept. */
export function refusalFacts(reason: RefusalReason, { key, ask, retryAt, rateLimits }: Deciding): RefusalFacts {
  switch (reason) {
    case "insufficient_scope":
      return { missingScopes: missingScopes(key?.scopes ?? [], ask.scopes ?? []).slice(0, MOST_NAMED) };
    case "origin_not_allowed":
      return { origin: siteOf(ask.origin), domains: (key?.requiredOrigin ?? []).slice(0, MOST_NAMED) };
    case "resource_not_allowed":
      return ask.resource === undefined ? {} : { resource: ask.resource };
    case "expired":
      return key?.expiresAt == null ? {} : { expiredAt: key.expiresAt };
    case "rate_limited":
      return {
        limits: rateLimits()
          .filter(({ remaining }) => remaining === 0)
          .map(({ name, limit }) => ({ name, limit })),
        retryAt,
      };
    default:
      return {};
  }
}

/** Scheme, host and port. A user before the host is no part of an origin, and has a password. */
const SITE = /^[a-z][a-z0-9+.-]*:\/\/[^\s\\/?#@]+(?=[/?#]|$)/i;

/** `Referer` has a path and a query, in which websites put tokens of their own. */
function siteOf(origin: string | undefined): string | null {
  if (origin === undefined) return null;
  return origin === "null" ? origin : (SITE.exec(origin)?.[0] ?? "an unreadable origin");
}

/** Why, and what to do: a sentence each. */
interface Explanation {
  readonly explanation: string;
  readonly advice: string;
}

const LIMIT_WORDS: Readonly<Record<string, string>> = {
  minute: "requests per minute",
  day: "requests per day",
  concurrent: "concurrent requests",
};

const list = (texts: readonly string[]) => texts.join(", ");
const time = (at: number) => new Date(at).toISOString().replace(".000Z", "Z");

const EXPLAIN: Readonly<Record<RefusalReason, (facts: RefusalFacts) => Explanation>> = {
  missing_credential: () => ({
    explanation: "The request had no API key.",
    advice: "Send the key in the header that the platform documents; a proxy in between may have removed it.",
  }),
  multiple_credentials: () => ({
    explanation: "The request had more than one credential.",
    advice: "Send one key, in one header, once.",
  }),
  malformed: () => ({
    explanation: "What the request sent as its key cannot be a key of this platform.",
    advice: "Check that the whole key is sent, without quotes, spaces or line breaks, and that it is the key and not its id.",
  }),
  wrong_environment: () => ({
    explanation: "The key is of an environment that this server does not serve.",
    advice: "Use a key of the environment that the request goes to: a test key with the test system, a live key with the live one.",
  }),
  not_found: () => ({
    explanation: "Nobody has this key: it was mistyped, invented, or made on another server.",
    advice: "Check which key the caller uses, and create a new one if it is lost.",
  }),
  revoked: () => ({
    explanation: "The key was revoked, which is final.",
    advice: "Create a new key and give it to the caller; the audit log says who revoked this one.",
  }),
  disabled: () => ({ explanation: "The key is disabled.", advice: "Enable it, if the caller may use it again." }),
  expired: ({ expiredAt }) => ({
    explanation: expiredAt === undefined ? "The key has expired." : `The key expired at ${time(expiredAt)}.`,
    advice: "Give the caller the key that replaced it, or a new one.",
  }),
  origin_not_allowed: ({ origin, domains = [] }) => ({
    explanation:
      origin == null
        ? "The public key was used alone, and the request named no website that it came from."
        : `The public key may not be used from ${origin}.`,
    advice:
      origin != null && originHost(origin) !== undefined && !isAllowedHost(domains, originHost(origin) as string)
        ? `Add ${originHost(origin)} to the domains of the key, or send the secret key from a server.${domains.length === 0 ? "" : ` It allows ${list(domains)}.`}`
        : "Call from one of the websites of the key, or send the secret key from a server.",
  }),
  insufficient_scope: ({ missingScopes: scopes = [] }) => ({
    explanation: `The key lacks the ${scopes.length === 1 ? "scope" : "scopes"} ${list(scopes)}.`,
    advice: `Give the key ${scopes.length === 1 ? "this scope" : "these scopes"}, or use another key, if the caller may do this.`,
  }),
  resource_not_allowed: ({ resource }) => ({
    explanation: `The key is restricted to some resources, and ${resource ?? "what the request asked for"} is none of them.`,
    advice: "Use a key for this resource.",
  }),
  rate_limited: ({ limits = [], retryAt }) => ({
    explanation:
      limits.length === 0
        ? "A limit of the key was used up."
        : `The key had used up its limit of ${limits.map(({ name, limit }) => `${limit} ${LIMIT_WORDS[name] ?? name}`).join(" and ")}.`,
    advice: `${retryAt === undefined ? "Wait" : `The same request passed from ${time(retryAt)} on. Let the caller wait`} as Retry-After says, or raise the limit.`,
  }),
};

/** In plain sentences why a request was refused, and what to do about it. */
export function explainRefusal(reason: RefusalReason, facts: RefusalFacts): Explanation {
  return EXPLAIN[reason](facts);
}
