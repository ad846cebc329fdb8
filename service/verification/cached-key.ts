/** A key in memory: what judging and limiting need, and the usage that has not reached the store yet. No name, no secret. */
import type { Environment, Limits } from "../../engine/api-key.ts";
import { DAY_MS } from "../../engine/duration.ts";
import type { Refusal } from "../../engine/judge.ts";
import type { LimitCounter } from "../limiting/limiter.ts";
import type { PresentedKey } from "./presented-key.ts";

/** The name in the cache of a key whose public half was presented alone: it is judged by other rules than the pair. */
export const publicCacheName = (id: string): string => `${id} public`;

/** What many keys have in common, so that they share one object. */
export interface SharedTerms extends Pick<PresentedKey, "environment" | "scopes" | "resources" | "requiredOrigin" | "limits"> {
  readonly enabled: boolean;
}

/** What is the key's own. */
interface OwnTerms extends Pick<PresentedKey, "id" | "organizationId" | "expiresAt"> {
  readonly revokedAt: number | null;
}

/** There may be a million, so what keys have in common is kept once, and no field holds a number that needs memory of its own. */
export class CachedKey implements PresentedKey {
  readonly terms: SharedTerms;
  readonly revokedAt: number | null;
  readonly expiresAt: number | null;
  /** Undefined for a key without limits, and for one that is revoked or disabled. */
  readonly counter: LimitCounter | undefined;
  touched = false;
  /** Admitted requests since the last batch. */
  admitted = 0;
  /** Refused requests since the last batch, by reason. */
  refused: Map<Refusal, number> | undefined = undefined;
  /** The last authenticated request: the day since the epoch, and the millisecond of that day. See `lastUsedAt`. */
  private lastUsedDay = 0;
  private lastUsedMs = 0;
  readonly id: string;
  readonly organizationId: string | null;

  constructor({ id, organizationId, expiresAt, revokedAt }: OwnTerms, terms: SharedTerms, counter: LimitCounter | undefined) {
    this.terms = terms;
    this.revokedAt = revokedAt;
    this.expiresAt = expiresAt;
    this.counter = counter;
    this.id = id;
    this.organizationId = organizationId;
  }

  get environment(): Environment {
    return this.terms.environment;
  }

  get enabled(): boolean {
    return this.terms.enabled;
  }

  get scopes(): readonly string[] {
    return this.terms.scopes;
  }

  get resources(): readonly string[] | null {
    return this.terms.resources;
  }

  get requiredOrigin(): readonly string[] | null {
    return this.terms.requiredOrigin;
  }

  get limits(): Limits {
    return this.terms.limits;
  }

  /** Something was counted since the last batch: it is in the list for the next one. */
  get dirty(): boolean {
    return this.admitted > 0 || this.refused !== undefined;
  }

  /** The last authenticated request, in whole milliseconds since the epoch; 0 when there was none since the key was read. */
  get lastUsedAt(): number {
    return this.lastUsedDay * DAY_MS + this.lastUsedMs;
  }

  set lastUsedAt(at: number) {
    this.lastUsedDay = Math.floor(at / DAY_MS);
    this.lastUsedMs = at - this.lastUsedDay * DAY_MS;
  }

  /** The id, except for a public key used alone. Not a field: there may be a million of them. */
  get cacheName(): string {
    return this.requiredOrigin === null ? this.id : publicCacheName(this.id);
  }
}
