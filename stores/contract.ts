/**
 * What Keyward needs from a database. Every method is atomic: it happens completely or not at all, and once it has resolved, what it wrote
 * is durable. A change of a key, an organization or a service token also writes a row to the audit log and to the change feed, in the same
 * transaction. Any method may throw `StoreUnavailable`: it is then unknown whether the change happened, and no key may be
 * accepted or called invalid because of it.
 *
 * Expected results are values, never exceptions. A method that changes something, and a look-up by credential, resolves to a union
 * discriminated by `outcome`. A look-up of one record by id resolves to the record, or undefined. A list is empty when nothing matches.
 *
 * Arguments and results are plain data, so that a store may live in another thread. Rules that must be decided inside a transaction are
 * functions of the engine.
 */
import type { AuditAction, AuditSubject } from "../engine/audit-actions.ts";
import type { StateChange } from "../engine/state-change.ts";
import type { Change } from "./change.ts";
import type { DeviceLoginStore } from "./device-login-contract.ts";
import type { Digests, KeyStore } from "./key-contract.ts";
import type { Organization } from "./organization.ts";
import type { PeopleStore } from "./people-contract.ts";
import type { RefusalStore } from "./refusal-contract.ts";
import type { SecretStore } from "./secret-contract.ts";

export type * from "./change.ts";
export type * from "./device-login-contract.ts";
export type * from "./key-contract.ts";
export type * from "./organization.ts";
export type * from "./people-contract.ts";
export type * from "./refusal-contract.ts";
export type * from "./secret-contract.ts";

/** The database failed or is full. Its message is for the log, never for a caller. */
export class StoreUnavailable extends Error {
  override readonly name = "StoreUnavailable";
}

export interface ServiceToken {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
  readonly revokedAt: number | null;
}

/** Entries of the sliding windows: `[time, number, ...]`, oldest first. Times are by the wall clock when it was saved. */
export interface CounterState {
  readonly minute: readonly number[];
  readonly day: readonly number[];
  /**
   * The monotonic clock that measured the times, how far the wall clock was ahead of it, and by it a moment before which everything is in this state.
   * Absent in older states.
   */
  readonly clock?: { readonly id: string; readonly wallAheadMs: number; readonly at?: number | undefined } | undefined;
}

export interface OrganizationStore {
  /** Adds an organization. */
  createOrganization(organization: Organization, change: Change): Promise<void>;
  /** One organization by its id. */
  findOrganization(id: string): Promise<Organization | undefined>;
  /** Newest first; only ids smaller than `before`. */
  listOrganizations(page: { readonly before?: string | undefined; readonly limit: number }): Promise<readonly Organization[]>;
  /** Changes the given fields; absent ones are left as they are. `overrides` replaces all overrides. */
  updateOrganization(
    id: string,
    changes: Partial<Pick<Organization, "name" | "plan" | "overrides">>,
    change: Change,
  ): Promise<UpdateOrganizationResult>;
}

export type UpdateOrganizationResult =
  | { readonly outcome: "updated"; readonly organization: Organization }
  | { readonly outcome: "not_found" };

export type RevokeServiceTokenResult =
  | { readonly outcome: "revoked"; readonly token: ServiceToken }
  /** It had been revoked before; nothing was changed. */
  | { readonly outcome: "already_revoked"; readonly token: ServiceToken }
  | { readonly outcome: "not_found" };

export interface ServiceTokenStore {
  /** Adds a token. `digest` is what it is found by. */
  createServiceToken(token: ServiceToken, digest: string, change: Change): Promise<void>;
  /** One token, whether it was revoked or not. */
  findServiceTokenByDigest(digests: Digests): Promise<ServiceToken | undefined>;
  /** All tokens, oldest first, including revoked ones. */
  listServiceTokens(): Promise<readonly ServiceToken[]>;
  /** Revokes a token permanently. */
  revokeServiceToken(id: string, change: Change): Promise<RevokeServiceTokenResult>;
}

/**
 * What verifications left in memory since the last batch. Counts are added to the stored ones. A last use only moves forward, unless the
 * stored one is more than a minute after `madeAt`: it came from a clock that has been corrected since, and is replaced.
 */
export interface UseBatch {
  readonly outcomes: readonly { readonly keyId: string; readonly hour: number; readonly outcome: string; readonly count: number }[];
  readonly lastUses: readonly { readonly keyId: string; readonly at: number }[];
  readonly counters: readonly { readonly counterId: string; readonly state: CounterState; readonly at: number }[];
  /** When the batch was made. If absent, every stored last use is kept. */
  readonly madeAt?: number | undefined;
}

export interface UseStore {
  /**
   * Writes a batch.
   * @example
   * await store.recordUse({ outcomes: [], lastUses: [{ keyId, at: now }], counters: [], madeAt: now });
   */
  recordUse(batch: UseBatch): Promise<void>;
  /** The saved state of a counter, if there is one. */
  findCounter(counterId: string): Promise<CounterState | undefined>;
  /** Verifications of one key by hour (milliseconds since the epoch, on the hour) and outcome, oldest first. */
  usageOf(keyId: string, since: number): Promise<readonly { readonly hour: number; readonly outcome: string; readonly count: number }[]>;
  /**
   * Verifications from `from` until just before `to`, added up by interval, by outcome and by whose they are; ordered by `at`, `id` and
   * outcome. Use of a key counts for the organization that has the key now.
   */
  usageReport(query: UsageReportQuery): Promise<readonly UsageReportRow[]>;
  /** Verifications of several keys by day (in UTC), oldest first: one list for each of these keys that belongs to the organization. */
  usageByDay(organizationId: string, keyIds: readonly string[], since: number): Promise<readonly KeyUseByDay[]>;
}

export interface UsageReportQuery {
  /** Of all organizations, and of unclaimed keys, when undefined. */
  readonly organizationId: string | undefined;
  /** Of these keys alone. */
  readonly keyIds?: readonly string[] | undefined;
  readonly outcome?: string | undefined;
  readonly from: number;
  readonly to: number;
  /** Counts by hour are exact within a day; those by day are fewer, and kept for longer. */
  readonly unit: "hour" | "day";
  /** The starts of the intervals, oldest first, the first one `from`; undefined for one for each `unit`. */
  readonly starts?: readonly number[] | undefined;
  /** Whether there is a row for each key, for each organization, or one for all. */
  readonly each: "key" | "organization" | undefined;
  /** The last row of the page before. */
  readonly after?: Pick<UsageReportRow, "at" | "id" | "outcome"> | undefined;
  readonly limit: number;
}

export interface UsageReportRow {
  /** The start of the interval, in milliseconds since the epoch. */
  readonly at: number;
  /** Of the key or the organization; "" for unclaimed keys, and where there is one row for all. */
  readonly id: string;
  /** What people call it. */
  readonly name: string | null;
  readonly outcome: string;
  readonly count: number;
}

export interface KeyUseByDay {
  readonly keyId: string;
  /** `day` is the start of the day, in milliseconds since the epoch. */
  readonly counts: readonly { readonly day: number; readonly outcome: string; readonly count: number }[];
}

export interface AuditEntry {
  readonly id: string;
  readonly at: number;
  readonly actor: string;
  readonly action: AuditAction;
  readonly organizationId: string | null;
  readonly subjectId: string;
  readonly details: Readonly<Record<string, unknown>>;
  /** The request that asked for the change; null where none did, and for entries of older versions. */
  readonly requestId: string | null;
}

/** Narrows the audit log. An absent field does not filter. */
export interface AuditFilter {
  readonly action?: string | undefined;
  /** Changes by any of these. */
  readonly actors?: readonly string[] | undefined;
  readonly subjectId?: string | undefined;
  /** Changes at this time or later. */
  readonly from?: number | undefined;
  /** Changes before this time. */
  readonly to?: number | undefined;
}

/** One row of the change feed. */
export interface FeedRow {
  /** Numbers are in the order of the commits, without gaps. */
  readonly sequence: number;
  readonly kind: AuditSubject;
  readonly subjectId: string;
  /** What memory must drop because of it; empty for a change that concerns nothing that memory holds, such as a new name of an organization. */
  readonly changes: readonly StateChange[];
}

export interface LogStore {
  /** Newest first; only ids smaller than `before`. */
  listAudit(
    organizationId: string,
    page: AuditFilter & { readonly before?: string | undefined; readonly limit: number },
  ): Promise<readonly AuditEntry[]>;
  /** The same entries as `listAudit`, each with the length of its details as JSON, in bytes, instead of the details. */
  outlineAudit(...asked: Parameters<LogStore["listAudit"]>): Promise<readonly { readonly id: string; readonly octets: number }[]>;
  /** The change feed after `sequence`, oldest first. */
  changesAfter(sequence: number, limit: number): Promise<readonly FeedRow[]>;
}

export interface Store
  extends KeyStore,
    OrganizationStore,
    ServiceTokenStore,
    PeopleStore,
    DeviceLoginStore,
    UseStore,
    LogStore,
    RefusalStore,
    SecretStore {
  /** Stores a value under a name, unless it has one already. Resolves to the stored value: the first one that was given. */
  settle(name: string, value: string): Promise<string>;
  /** Deletes old rows: idempotency keys, refusals and the change feed after a day, idle counters after two days, usage by hour after `hourlyDays`, usage by day after `dailyDays`, 400 when absent. */
  prune(now: number, hourlyDays: number, dailyDays?: number): Promise<void>;
  /** @throws StoreUnavailable when the database does not respond. */
  ping(): Promise<void>;
}
