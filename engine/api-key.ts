/** The record of an API key, without its secret: what the stores remember and what people see. */

import { DAY_MS } from "./duration.ts";
import { byLimitField, type LimitField } from "./limit-fields.ts";

export type Environment = "live" | "test";

/**
 * How many requests one key may make: in any 60 seconds, in any 24 hours, and at the same time. Whole numbers of at least 1; null means
 * no limit.
 */
export type Limits = Readonly<Record<LimitField, number | null>>;

/** A plan: the limits of each key, and how many active keys an organization may have. */
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
  /** The websites from which the public key may be used without the secret key, in canonical form (see `parseDomains`). */
  readonly domains: readonly string[];
  /** The resources that the key is restricted to, such as addresses of agents; null for no restriction. */
  readonly resources: readonly string[] | null;
  readonly scopes: readonly string[];
  /** Limits of this key. They apply together with the plan's: of the two, the smaller one decides. */
  readonly limits: Limits;
  readonly enabled: boolean;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
  readonly lastUsedAt: number | null;
  /** The id of the counter of its limits. A key and its successor share one counter. */
  readonly counterId: string;
  /** The key that this one replaced, and the key that replaced this one. */
  readonly predecessorId: string | null;
  readonly successorId: string | null;
}

export const NO_LIMITS: Limits = Object.freeze(byLimitField(() => null));

/** What the state of a key depends on. */
type Stated = Pick<ApiKey, "enabled" | "revokedAt" | "expiresAt">;

/**
 * The reasons to refuse a key because of its own state. Verdicts, statuses, conditions and lists all use this order: final reasons first,
 * then disabled before expired, as AgentsGT documents it. `now` is milliseconds since the epoch; a key is expired from its `expiresAt` on.
 */
export const STATE_RULES = [
  { code: "revoked", refuses: ({ revokedAt }: Stated) => revokedAt !== null },
  { code: "disabled", refuses: ({ enabled }: Stated) => !enabled },
  { code: "expired", refuses: ({ expiresAt }: Stated, now: number) => expiresAt !== null && expiresAt <= now },
] as const;
export const STATE_REFUSALS = STATE_RULES.map(({ code }) => code);
export type StateRefusal = (typeof STATE_RULES)[number]["code"];

/** Every reason to refuse a key now because of its state, in the order of the rules. Empty for a key in force. */
export function stateRefusals(key: Stated, now: number): StateRefusal[] {
  return STATE_RULES.filter(({ refuses }) => refuses(key, now)).map(({ code }) => code);
}

export const KEY_STATUSES = [...STATE_REFUSALS, "rotating", "active"] as const;
type KeyStatus = (typeof KEY_STATUSES)[number];

/** The status of a key now: the first reason to refuse it, or `active`. `rotating` means that the key and its successor both work. */
export function statusOf(key: Stated & Pick<ApiKey, "successorId">, now: number): KeyStatus {
  return stateRefusals(key, now)[0] ?? (key.successorId === null ? "active" : "rotating");
}

/** Whether a request may be authenticated with the key now. */
export function isInForce(key: Stated, now: number): boolean {
  return stateRefusals(key, now).length === 0;
}

/** Whether a key is older than the platform advises. False for a key that has a successor: it has been rotated. */
export function isRotationDue(
  key: Pick<ApiKey, "createdAt" | "revokedAt" | "successorId">,
  rotateAfterDays: number | null,
  now: number,
): boolean {
  if (rotateAfterDays === null || key.revokedAt !== null || key.successorId !== null) return false;
  return now - key.createdAt >= rotateAfterDays * DAY_MS;
}
