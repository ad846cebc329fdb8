/** Which settings of a key people may change, and when. */
import type { ApiKey, Limits } from "./api-key.ts";
import { type Problem, refuse } from "./errors.ts";

/** New settings of a key. Absent ones are left as they are. */
export type KeyChanges = Partial<Pick<ApiKey, "name" | "enabled" | "expiresAt" | "scopes" | "domains" | "resources">> & {
  /** Absent limits are left as they are. */
  readonly limits?: Partial<Limits>;
};

/** The key with these changes. `now` is milliseconds since the epoch. */
export function withChanges(key: ApiKey, changes: KeyChanges, now: number): ApiKey {
  return { ...key, ...changes, limits: { ...key.limits, ...changes.limits }, updatedAt: now };
}

/** Why a key may not be changed in this way; undefined if it may. `now` is milliseconds since the epoch. */
export function refusedChange(key: ApiKey, changes: KeyChanges, now: number): Problem | undefined {
  if (key.revokedAt !== null || (key.expiresAt !== null && key.expiresAt <= now)) {
    return refuse("key_not_active", "A revoked or expired key cannot be changed; create a new one.").problem;
  }
  const { expiresAt } = changes;
  if (expiresAt === undefined || key.successorId === null) return undefined;
  if (expiresAt !== null && key.expiresAt !== null && expiresAt <= key.expiresAt) return undefined;
  return refuse("already_rotated", "This key has been rotated: its expiry can only be moved to an earlier time.", { field: "expiresAt" })
    .problem;
}
