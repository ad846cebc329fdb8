/**
 * Rotation: a key gets a successor with the same settings, and keeps working for the overlap.
 * The successor keeps name, environment, scopes, limits, expiry, enabled and the counter; the predecessor's end only moves closer.
 * At most one predecessor works at a time: what the rotated key itself replaced ends at once, whatever was left of its overlap.
 */
import type { ApiKey } from "./api-key.ts";
import { DAY_MS, type DurationRange } from "./duration.ts";
import { type Outcome, ok, refuse } from "./errors.ts";

/** How long the old key keeps working when nobody says otherwise. */
export const OVERLAP_DEFAULT = "24h";
export const OVERLAP_RANGE: DurationRange = { minimumMs: 0, maximumMs: 30 * DAY_MS };

/** What is new about a successor; all else it has from its predecessor. */
export interface Succession {
  readonly successorId: string;
  readonly prefix: string;
  readonly publicKey: string | null;
  readonly overlapMs: number;
}

/** The successor and where the old key ends, or why it may not be rotated. `now` is milliseconds since the epoch. */
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
