/** A key in memory: what judging and limiting need, and the usage that has not reached the store yet. No name, no secret. */
import type { Environment, Limits } from "../../engine/api-key.ts";
import type { Refusal } from "../../engine/judge.ts";
import type { LimitCounter } from "../limiting/limiter.ts";
import type { PresentedKey } from "./presented-key.ts";

/** The name in the cache of a key whose public half was presented alone: it is judged by other rules than the pair. */
export const publicCacheName = (id: string): string => `${id} public`;

export class CachedKey implements PresentedKey {
  readonly id: string;
  readonly organizationId: string | null;
  readonly environment: Environment;
  readonly scopes: readonly string[];
  readonly resources: readonly string[] | null;
  readonly requiredOrigin: readonly string[] | null;
  readonly limits: Limits;
  readonly enabled: boolean;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
  /** Undefined for a key without limits, and for one that is revoked or disabled. */
  readonly counter: LimitCounter | undefined;
  touched = false;
  /** It was used since the last batch, and is in the list for the next one. */
  dirty = false;
  /** Requests since the last batch: the admitted ones, and the refused ones by reason. */
  admitted = 0;
  refused: Map<Refusal, number> | undefined = undefined;
  /** The last authenticated request, in milliseconds since the epoch; 0 when there was none since the key was read. */
  lastUsedAt = 0;

  constructor(record: PresentedKey & { enabled: boolean; revokedAt: number | null }, counter: LimitCounter | undefined) {
    this.id = record.id;
    this.organizationId = record.organizationId;
    this.environment = record.environment;
    this.scopes = record.scopes;
    this.resources = record.resources;
    this.requiredOrigin = record.requiredOrigin;
    this.limits = record.limits;
    this.enabled = record.enabled;
    this.expiresAt = record.expiresAt;
    this.revokedAt = record.revokedAt;
    this.counter = counter;
  }

  /** The id, except for a public key used alone. Not a field: there may be a million of them. */
  get cacheName(): string {
    return this.requiredOrigin === null ? this.id : publicCacheName(this.id);
  }
}
