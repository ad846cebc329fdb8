/** The record of an API key, without its secret: what the stores remember and what people see. */

import { DAY_MS } from "./duration.ts";
import { byLimitField, type LimitField } from "./limit-fields.ts";

export type Environment = "live" | "test";

/**
 * How many requests of one key are allowed: in any 60 seconds, in any 24 hours, and under way at the same time. Whole numbers of at least
 * 1; null means no limit.
 */
export type Limits = Readonly<Record<LimitField, number | null>>;

/** What a plan grants to an organization: the limits of each of its keys, and how many active keys it may have. */
export interface Plan extends Limits {
  readonly keys: number | null;
}

/** Times are milliseconds since the epoch; null stands for "never". */
export interface ApiKey {
  readonly id: string;
  /** Null for a key that nobody has claimed yet. */
  readonly organizationId: string | null;
  readonly name: string | null;
  readonly environment: Environment;
  /** The part of the key that may be shown afterwards, in the platform's form. */
  readonly prefix: string;
  /** The public half of a key pair; null for a key that is one secret. */
  readonly publicKey: string | null;
  /** From which websites the public key may be used alone: canonical, see `parseDomains`. */
  readonly domains: readonly string[];
  /** The agents (or whatever the platform's routes name) that the key is restricted to; null for all. */
  readonly resources: readonly string[] | null;
  readonly scopes: readonly string[];
  /** Limits of this key alone; each applies together with the plan's, the smaller one decides. */
  readonly limits: Limits;
  readonly enabled: boolean;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
  readonly lastUsedAt: number | null;
  /** Names the counter of its limits; keys that replace one another by rotation share it. */
  readonly counterId: string;
  /** The key that this one replaced, and the key that replaced this one. */
  readonly predecessorId: string | null;
  readonly successorId: string | null;
}

export const NO_LIMITS: Limits = Object.freeze(byLimitField(() => null));

/** What the state of a key depends on. */
type Stated = Pick<ApiKey, "enabled" | "revokedAt" | "expiresAt">;

/**
 * Why a request with a key is refused because of the key's own state. The one order for verdicts, statuses, conditions and lists: what
 * is final first, then as AgentsGT documents it: enabled, not expired. `now` is milliseconds since the epoch; a key is expired from its
 * `expiresAt` on.
 */
export const STATE_RULES = [
  { code: "revoked", refuses: ({ revokedAt }: Stated) => revokedAt !== null },
  { code: "disabled", refuses: ({ enabled }: Stated) => !enabled },
  { code: "expired", refuses: ({ expiresAt }: Stated, now: number) => expiresAt !== null && expiresAt <= now },
] as const;
export const STATE_REFUSALS = STATE_RULES.map(({ code }) => code);
export type StateRefusal = (typeof STATE_RULES)[number]["code"];

/** Every reason in the state of a key to refuse it now, in the order of the rules; empty for a key in force. */
export function stateRefusals(key: Stated, now: number): StateRefusal[] {
  return STATE_RULES.filter(({ refuses }) => refuses(key, now)).map(({ code }) => code);
}

export const KEY_STATUSES = [...STATE_REFUSALS, "rotating", "active"] as const;
type KeyStatus = (typeof KEY_STATUSES)[number];

/** The one word for what a key is now: the first reason to refuse it. `rotating`: it still works, and its successor already does too. */
export function statusOf(key: Stated & Pick<ApiKey, "successorId">, now: number): KeyStatus {
  return stateRefusals(key, now)[0] ?? (key.successorId === null ? "active" : "rotating");
}

/** Whether a request may be authenticated with the key now. */
export function isInForce(key: Stated, now: number): boolean {
  return stateRefusals(key, now).length === 0;
}

/** Whether a key has been in use for longer than the platform advises. One that has a successor has been rotated. */
export function isRotationDue(
  key: Pick<ApiKey, "createdAt" | "revokedAt" | "successorId">,
  rotateAfterDays: number | null,
  now: number,
): boolean {
  if (rotateAfterDays === null || key.revokedAt !== null || key.successorId !== null) return false;
  return now - key.createdAt >= rotateAfterDays * DAY_MS;
}
