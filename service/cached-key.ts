/** A key as verification remembers it: what judging and limiting need, and what has not reached the store yet. No name, no secret. */
import type { Environment, Limits } from "../engine/api-key.ts";
import type { Refusal } from "../engine/judge.ts";
import { Counter } from "../engine/limits.ts";

/** A counter that several keys may share, because one replaced the other. */
export class SharedCounter extends Counter {
  readonly id: string;
  /** Cached keys that count with it. */
  holders = 0;
  /** It has admitted something that the store does not know. */
  dirty = false;

  constructor(id: string) {
    super();
    this.id = id;
  }
}

/** What other people may see of a key that was presented. */
export interface PresentedKey {
  readonly id: string;
  readonly organizationId: string;
  readonly environment: Environment;
  readonly scopes: readonly string[];
  readonly limits: Limits;
  readonly expiresAt: number | null;
  readonly counter: SharedCounter | undefined;
}

/** What was asked of one key since the last batch. */
export interface Use {
  /** The record that counts here now. */
  key: CachedKey;
  admitted: number;
  /** Refused requests by reason; made when first needed. */
  refused: Map<Refusal, number> | undefined;
  /** Milliseconds since the epoch; 0 when no request was authenticated. */
  lastUsedAt: number;
}

export class CachedKey implements PresentedKey {
  readonly id: string;
  readonly organizationId: string;
  readonly environment: Environment;
  readonly scopes: readonly string[];
  readonly limits: Limits;
  readonly enabled: boolean;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
  /** Undefined for a key without limits. */
  readonly counter: SharedCounter | undefined;
  touched = false;
  /** Use that the store does not know yet; made when there is some. */
  use: Use | undefined = undefined;

  constructor(record: Omit<PresentedKey, "counter"> & { enabled: boolean; revokedAt: number | null }, counter: SharedCounter | undefined) {
    this.id = record.id;
    this.organizationId = record.organizationId;
    this.environment = record.environment;
    this.scopes = record.scopes;
    this.limits = record.limits;
    this.enabled = record.enabled;
    this.expiresAt = record.expiresAt;
    this.revokedAt = record.revokedAt;
    this.counter = counter;
  }
}
