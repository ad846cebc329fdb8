/** The one word that a list shows for a key: what its owner should know about it first. */
import { type ApiKey, isRotationDue, STATE_REFUSALS, statusOf } from "./api-key.ts";
import { DAY_MS } from "./duration.ts";

/** In the order in which they are told: the first that applies. */
export const CONDITIONS = [...STATE_REFUSALS, "rotating", "rate_limited", "expiring", "rotation_due", "unused", "active"] as const;
type Condition = (typeof CONDITIONS)[number];

/**
 * What a list can be narrowed to. `current` is not revoked; `active`, `disabled`, `expired`, `revoked` and `rotating` are what `statusOf` says;
 * the others are active keys of which it is true, also where `conditionOf` has something else to tell first.
 */
export const KEY_FILTERS = [
  "current",
  "active",
  "disabled",
  "expired",
  "revoked",
  "rotating",
  "expiring",
  "rotation_due",
  "unused",
] as const satisfies readonly ("current" | Condition)[];
export type KeyFilterName = (typeof KEY_FILTERS)[number];

const EXPIRING_DAYS = 7;
const UNUSED_DAYS = 30;

/** What a condition depends on besides the record. */
export interface Circumstances {
  /** From which age on the platform advises rotation; null for never. */
  readonly rotateAfterDays: number | null;
  /** As far as this process remembers, no request with the key would be admitted now. */
  readonly isRateLimited: boolean;
}

type Told = Pick<ApiKey, "enabled" | "revokedAt" | "expiresAt" | "successorId" | "createdAt" | "lastUsedAt">;

/** The condition of a key. `now` is milliseconds since the epoch. */
export function conditionOf(key: Told, { rotateAfterDays, isRateLimited }: Circumstances, now: number): Condition {
  const status = statusOf(key, now);
  if (status !== "active") return status;
  if (isRateLimited) return "rate_limited";
  const { expiresUntil, unusedSince } = boundsOf(rotateAfterDays, now);
  if (key.expiresAt !== null && key.expiresAt <= expiresUntil) return "expiring";
  if (isRotationDue(key, rotateAfterDays, now)) return "rotation_due";
  return (key.lastUsedAt ?? key.createdAt) <= unusedSince ? "unused" : "active";
}

/** The same rule as points in time, for those who look for keys and cannot call it on each. */
export interface ConditionBounds {
  readonly now: number;
  /** Expiring is a key that ends at this time or before. */
  readonly expiresUntil: number;
  /** Unused is a key that was last used, or else made, at this time or before. */
  readonly unusedSince: number;
  /** Due for rotation is a key that was made at this time or before; null where none ever is. */
  readonly dueSince: number | null;
}

export function boundsOf(rotateAfterDays: number | null, now: number): ConditionBounds {
  return {
    now,
    expiresUntil: now + EXPIRING_DAYS * DAY_MS,
    unusedSince: now - UNUSED_DAYS * DAY_MS,
    dueSince: rotateAfterDays === null ? null : now - rotateAfterDays * DAY_MS,
  };
}
