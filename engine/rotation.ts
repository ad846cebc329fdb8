/**
 * Rotation: a key gets a successor with the same settings, and goes on working during the overlap (grace period).
 * The successor has the same name, environment, scopes, limits, expiry, enabled state and counter. The old key's expiry never moves later.
 * At most one old key works beside the new one: a key that the rotated key itself had replaced ends at once.
 */
import type { ApiKey } from "./api-key.ts";
import { DAY_MS, type DurationRange } from "./duration.ts";
import { type Outcome, ok, refuse } from "./errors.ts";

/** How long the old key goes on working by default. */
export const OVERLAP_DEFAULT = "24h";
export const OVERLAP_RANGE: DurationRange = { minimumMs: 0, maximumMs: 30 * DAY_MS };

/** What differs between a successor and its predecessor. */
export interface Succession {
  readonly successorId: string;
  readonly prefix: string;
  readonly publicKey: string | null;
  readonly overlapMs: number;
}

/** The successor and the old key's new expiry, or why the key may not be rotated. `now` is milliseconds since the epoch. */
export function rotate(
  key: ApiKey,
  { successorId, prefix, publicKey, overlapMs }: Succession,
  now: number,
): Outcome<{ successor: ApiKey; predecessor: ApiKey }> {
  if (key.successorId !== null) return refuse("already_rotated", "This key has a successor already; rotate that one.");
  if (key.revokedAt !== null || (key.expiresAt !== null && key.expiresAt <= now)) {
    return refuse("key_not_active", "A revoked or expired key cannot be rotated; create a new one.");
  }
  const successor: ApiKey = {
    ...key,
    id: successorId,
    prefix,
    publicKey,
    createdAt: now,
    updatedAt: now,
    lastUsedAt: null,
    predecessorId: key.id,
    successorId: null,
  };
  const expiresAt = Math.min(now + overlapMs, key.expiresAt ?? Number.POSITIVE_INFINITY);
  return ok({ successor, predecessor: { ...key, successorId, expiresAt, updatedAt: now } });
}
