/** Judging: may this key do what is asked, now? Pure: nothing is looked up, nothing is counted. */
import type { ApiKey, Environment } from "./api-key.ts";
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
  "revoked",
  "disabled",
  "expired",
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

/**
 * "valid", or the first reason against. The order is a promise: what is final comes first, and a key that is not in force
 * is never told what it lacks. `environments` are those that this deployment serves; `now` is milliseconds since the epoch; a key is expired from its `expiresAt` on.
 */
export function judge(
  key: Judged,
  ask: Ask,
  environments: readonly Environment[],
  now: number,
): "valid" | Exclude<Refusal, "malformed" | "not_found" | "rate_limited"> {
  if (!environments.includes(key.environment)) return "wrong_environment";
  if (key.revokedAt !== null) return "revoked";
  if (!key.enabled) return "disabled";
  if (key.expiresAt !== null && key.expiresAt <= now) return "expired";
  if (key.requiredOrigin !== null && !comesFrom(key.requiredOrigin, ask.origin)) return "origin_not_allowed";
  if (ask.scopes !== undefined && missingScopes(key.scopes, ask.scopes).length > 0) return "insufficient_scope";
  if (key.resources !== null && ask.resource !== undefined && !key.resources.includes(ask.resource)) return "resource_not_allowed";
  return "valid";
}

function comesFrom(domains: readonly string[], origin: string | undefined): boolean {
  const host = origin === undefined ? undefined : originHost(origin);
  return host !== undefined && isAllowedHost(domains, host);
}
