/** The record of an API key, without its secret: what the stores remember and what people see. */

export type Environment = "live" | "test";

/** Requests and keys that a plan allows; null means no limit. All values are whole numbers of at least 1. */
export interface Limits {
  /** Requests per key in any 60 seconds. */
  readonly requestsPerMinute: number | null;
  /** Requests per key in any 24 hours. */
  readonly requestsPerDay: number | null;
  /** Requests of one key that are under way at the same time. */
  readonly concurrentRequests: number | null;
}

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

export const NO_LIMITS: Limits = Object.freeze({ requestsPerMinute: null, requestsPerDay: null, concurrentRequests: null });

export type KeyStatus = "active" | "disabled" | "expired" | "revoked" | "rotating";

/** The one word for what a key is now. `rotating`: it still works, and its successor already does too. */
export function statusOf(key: Pick<ApiKey, "enabled" | "revokedAt" | "expiresAt" | "successorId">, now: number): KeyStatus {
  if (key.revokedAt !== null) return "revoked";
  if (key.expiresAt !== null && key.expiresAt <= now) return "expired";
  if (!key.enabled) return "disabled";
  return key.successorId === null ? "active" : "rotating";
}

/** Whether a request may be authenticated with the key now. */
export function isInForce(key: Parameters<typeof statusOf>[0], now: number): boolean {
  const status = statusOf(key, now);
  return status === "active" || status === "rotating";
}

/** Whether a key has been in use for longer than the platform advises. One that has a successor has been rotated. */
export function isRotationDue(
  key: Pick<ApiKey, "createdAt" | "revokedAt" | "successorId">,
  rotateAfterDays: number | null,
  now: number,
): boolean {
  if (rotateAfterDays === null || key.revokedAt !== null || key.successorId !== null) return false;
  return now - key.createdAt >= rotateAfterDays * 86_400_000;
}
