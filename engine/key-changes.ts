/** Changing a key: what people may change, and when. */
import type { ApiKey, Limits } from "./api-key.ts";
import { type Problem, refuse } from "./errors.ts";

/** What people may change of a key; what is absent stays. */
export type KeyChanges = Partial<Pick<ApiKey, "name" | "enabled" | "expiresAt" | "scopes" | "domains" | "resources">> & {
  /** Limit by limit: one that is absent stays. */
  readonly limits?: Partial<Limits>;
};

/** The key with the changes in it. */
export function changed(key: ApiKey, changes: KeyChanges, now: number): ApiKey {
  return { ...key, ...changes, limits: { ...key.limits, ...changes.limits }, updatedAt: now };
}

/** Why a key may not be changed so, or undefined when it may. `now` is milliseconds since the epoch. */
export function refusedChange(key: ApiKey, changes: KeyChanges, now: number): Problem | undefined {
  if (key.revokedAt !== null || (key.expiresAt !== null && key.expiresAt <= now)) {
    return refuse("key_not_active", "A revoked or expired key cannot be changed; create a new one.").problem;
  }
  const { expiresAt } = changes;
  if (expiresAt === undefined || key.successorId === null) return undefined;
  if (expiresAt !== null && key.expiresAt !== null && expiresAt <= key.expiresAt) return undefined;
  return refuse("already_rotated", "This key has been rotated: its end may only move closer.", { field: "expiresAt" }).problem;
}
