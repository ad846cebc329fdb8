/** The condition of a key: the most important thing that its owner should know, in one word. */
import { type ApiKey, isRotationDue, STATE_REFUSALS, statusOf } from "./api-key.ts";
import { DAY_MS } from "./duration.ts";

/** The first condition in this order that applies is shown. */
export const CONDITIONS = [...STATE_REFUSALS, "rotating", "rate_limited", "expiring", "rotation_due", "unused", "active"] as const;
type Condition = (typeof CONDITIONS)[number];

/**
 * The filters of a list. `current` means not revoked; `active`, `disabled`, `expired`, `revoked` and `rotating` are the result of
 * `statusOf`. The others match every active key to which they apply, even if its `conditionOf` is another one.
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
  /** The age in days at which the platform advises rotation; null for never. */
  readonly rotateAfterDays: number | null;
  /** Whether this process knows that a request with the key would be refused now because of a limit. */
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

/** The same rules as points in time, for queries that cannot call `conditionOf` on each key. */
export interface ConditionBounds {
  readonly now: number;
  /** A key is expiring if it ends at this time or earlier. */
  readonly expiresUntil: number;
  /** A key is unused if its last use, or its creation if it was never used, was at this time or earlier. */
  readonly unusedSince: number;
  /** A key is due for rotation if it was created at this time or earlier; null if rotation is never due. */
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
