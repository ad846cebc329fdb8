/** Judging: may this key do what is asked, now? Pure: nothing is looked up, nothing is counted. */
import { type ApiKey, type Environment, STATE_REFUSALS, STATE_RULES } from "./api-key.ts";
import { isAllowedHost, originHost } from "./domain.ts";
import { missingScopes } from "./scopes.ts";

/** What is asked of a key besides being valid. */
export interface Ask {
  /** Scopes that the key must have, all of them. */
  readonly scopes?: readonly string[] | undefined;
  /** The origin that the request comes from, as the browser says it. Asked of a public key that is used alone. */
  readonly origin?: string | undefined;
  /** What the request is about, where a key may be restricted to some: the address of an agent. */
  readonly resource?: string | undefined;
}

/** Why a credential is refused, for those who may know: the platform's own services, usage by outcome, metrics. */
export const REFUSALS = [
  "malformed",
  "wrong_environment",
  "not_found",
  ...STATE_REFUSALS,
  "origin_not_allowed",
  "insufficient_scope",
  "resource_not_allowed",
  "rate_limited",
] as const;
export type Refusal = (typeof REFUSALS)[number];

/** What judging looks at: the record's state, without the secret, which finding the record has proved already. */
export interface Judged extends Pick<ApiKey, "environment" | "enabled" | "revokedAt" | "expiresAt" | "scopes" | "resources"> {
  /** The domains that the origin must be among; null when the origin does not matter, because the secret was presented. */
  readonly requiredOrigin: readonly string[] | null;
}

type RuleCode = Exclude<Refusal, "malformed" | "not_found" | "rate_limited">;

interface Rule {
  readonly code: RuleCode;
  /** `environments` are those that this deployment serves; `now` is milliseconds since the epoch. */
  refuses(key: Judged, now: number, ask: Ask, environments: readonly Environment[]): boolean;
}

/** The order is a promise: what is final comes first, and a key that is not in force is never told what it lacks. */
const RULES: readonly [Rule, Rule, Rule, Rule, Rule, Rule, Rule] = [
  { code: "wrong_environment", refuses: (key, _now, _ask, environments) => !environments.includes(key.environment) },
  ...STATE_RULES,
  {
    code: "origin_not_allowed",
    refuses: ({ requiredOrigin }, _now, { origin }) => requiredOrigin !== null && !comesFrom(requiredOrigin, origin),
  },
  { code: "insufficient_scope", refuses: (key, _now, { scopes }) => scopes !== undefined && missingScopes(key.scopes, scopes).length > 0 },
  {
    code: "resource_not_allowed",
    refuses: ({ resources }, _now, { resource }) => resources !== null && resource !== undefined && !resources.includes(resource),
  },
];

/** Each rule by its place in the table, so that each has a call of its own below: a loop's one call cannot be inlined and costs a verification 10 %. */
const [first, second, third, fourth, fifth, sixth, seventh] = RULES;

/** "valid", or the first reason against. `now` is milliseconds since the epoch. */
export function judge(key: Judged, ask: Ask, environments: readonly Environment[], now: number): "valid" | RuleCode {
  if (first.refuses(key, now, ask, environments)) return first.code;
  if (second.refuses(key, now, ask, environments)) return second.code;
  if (third.refuses(key, now, ask, environments)) return third.code;
  if (fourth.refuses(key, now, ask, environments)) return fourth.code;
  if (fifth.refuses(key, now, ask, environments)) return fifth.code;
  if (sixth.refuses(key, now, ask, environments)) return sixth.code;
  return seventh.refuses(key, now, ask, environments) ? seventh.code : "valid";
}

/** Every reason against, in the order of the rules: correcting the first alone may not be enough. */
export function reasonsAgainst(key: Judged, ask: Ask, environments: readonly Environment[], now: number): RuleCode[] {
  return RULES.filter((rule) => rule.refuses(key, now, ask, environments)).map(({ code }) => code);
}

function comesFrom(domains: readonly string[], origin: string | undefined): boolean {
  const host = origin === undefined ? undefined : originHost(origin);
  return host !== undefined && isAllowedHost(domains, host);
}
