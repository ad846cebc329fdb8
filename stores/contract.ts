/**
 * What Keyward asks of a database, in methods of the domain. Every method is atomic: it happens completely or not at all, and once it has
 * resolved, what it wrote is durable. A change of a key, an organization or a service token writes its audit row and its row of the change
 * feed in the same transaction. Any method may throw `StoreUnavailable`; then nothing was changed, and nothing may be concluded.
 *
 * Expected results are values, never exceptions. A method that changes something, and a look-up by credential, resolves to a union
 * discriminated by `outcome`. A look-up of one record by id resolves to the record, or undefined. A list is empty when nothing matches.
 *
 * Arguments and results are plain data, so that a store may live in another thread. Rules that must be decided inside a transaction are
 * functions of the engine.
 */
import type { ApiKey, Environment } from "../engine/api-key.ts";
import type { AuditAction, AuditSubject } from "../engine/audit-actions.ts";
import type { ConditionBounds, KeyFilterName } from "../engine/condition.ts";
import type { Problem } from "../engine/errors.ts";
import type { KeyChanges } from "../engine/key-changes.ts";
import type { Succession } from "../engine/rotation.ts";
import type { Change } from "./change.ts";
import type { Organization } from "./organization.ts";
import type { PeopleStore } from "./people-contract.ts";

export type * from "./change.ts";
export type * from "./organization.ts";
export type * from "./people-contract.ts";

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

/** Makes a repeated request find what the first one made. */
export interface Idempotency {
  readonly key: string;
  /** Stands for route and body: another fingerprint under the same key is another request. */
  readonly fingerprint: string;
}

/** What a verification needs to know about a key, read in one look-up. */
export interface VerificationRecord {
  readonly key: ApiKey;
  /** What the presented secret must match. */
  readonly digest: string;
  /** Undefined for a key that nobody has claimed. */
  readonly organization: Pick<Organization, "plan" | "overrides"> | undefined;
  /** The saved counter of the key's `counterId`, if there is one: a `CounterState` as JSON, which only who counts with the key needs to read. */
  readonly counter: string | undefined;
}

/**
 * The result of a look-up by credential. A miss costs what a hit costs (docs/decisions/0014): it comes with a `decoy`, a record of ordinary
 * size that is revoked and has ids that nothing has. Do the same work on the decoy as on a record, then refuse the request.
 */
export type FindCredentialResult =
  | ({ readonly outcome: "found" } & VerificationRecord)
  | { readonly outcome: "not_found"; readonly decoy: VerificationRecord };

/** Entries of the sliding windows: `[time, number, ...]`, oldest first. Times are by the wall clock when it was saved. */
export interface CounterState {
  readonly minute: readonly number[];
  readonly day: readonly number[];
  /** The monotonic clock that measured the times, and how far the wall clock was ahead of it. Absent in older states. */
  readonly clock?: { readonly id: string; readonly wallAheadMs: number } | undefined;
}

export interface NewKey {
  readonly key: ApiKey;
  readonly digest: string;
  /** The key encrypted, where the platform keeps it so. */
  readonly sealed: string | undefined;
  /** How many active keys each plan allows, null for any number; an override of the organization goes before it. */
  readonly keysByPlan: Readonly<Record<string, number | null>>;
  readonly idempotency: Idempotency | undefined;
}

export interface NewSuccessor extends Succession {
  readonly digest: string;
  readonly sealed: string | undefined;
  readonly idempotency: Idempotency | undefined;
}

export type CreateKeyResult =
  | { readonly outcome: "created"; readonly key: ApiKey }
  | { readonly outcome: "repeated"; readonly key: ApiKey }
  | { readonly outcome: "idempotency_mismatch" }
  | { readonly outcome: "no_organization" }
  | { readonly outcome: "actor_not_active" }
  | { readonly outcome: "key_limit_reached"; readonly allowed: number }
  | { readonly outcome: "digest_taken" };

export type RotateKeyResult =
  /** `ended`: ids of the keys before the predecessor that had not ended yet and did now, newest first. */
  | { readonly outcome: "rotated"; readonly key: ApiKey; readonly predecessor: ApiKey; readonly ended: readonly string[] }
  | { readonly outcome: "repeated"; readonly key: ApiKey }
  | { readonly outcome: "idempotency_mismatch" }
  | { readonly outcome: "not_found" }
  | { readonly outcome: "digest_taken" }
  | { readonly outcome: "refused"; readonly problem: Problem };

export type ClaimKeyResult =
  | { readonly outcome: "claimed"; readonly key: ApiKey }
  /** This organization has it already; nothing was changed. */
  | { readonly outcome: "already_claimed"; readonly key: ApiKey }
  | { readonly outcome: "key_limit_reached"; readonly allowed: number }
  /** Nobody's, not active, or another's: the caller learns nothing. */
  | { readonly outcome: "not_claimable" };

export type RevokeKeyResult =
  | { readonly outcome: "revoked"; readonly key: ApiKey }
  /** It was revoked before; nothing was changed. */
  | { readonly outcome: "already_revoked"; readonly key: ApiKey }
  | { readonly outcome: "not_found" }
  /** The key that asks for the revocation is no longer in force. */
  | { readonly outcome: "actor_not_active" };

export type ShowSealedKeyResult =
  | { readonly outcome: "shown"; readonly sealed: string }
  /** The organization has no such key, or the key is revoked or was never sealed. */
  | { readonly outcome: "not_found" };

export type UpdateKeyResult =
  | { readonly outcome: "updated"; readonly key: ApiKey }
  | { readonly outcome: "not_found" }
  | { readonly outcome: "refused"; readonly problem: Problem };

/** Narrows a list of keys. An absent field does not filter. */
export interface KeyFilter {
  /** Only keys that are neither revoked nor expired at this time. */
  readonly activeAt?: number | undefined;
  readonly environment?: Environment | undefined;
  /** Part of the name, the id, the prefix or the public key, every character taken as it is but for the case of ASCII letters. */
  readonly search?: string | undefined;
  readonly condition?: { readonly is: KeyFilterName; readonly bounds: ConditionBounds } | undefined;
}

/** In which order keys are listed. Keys are made in the order of their ids; names are in the order of their letters, whatever the case of ASCII letters. */
export interface KeyOrder {
  readonly by: KeySort;
  readonly descending: boolean;
  /** Only what comes after this value and, among equals, after this id. The value of `createdAt` is the id alone. */
  readonly after?: { readonly value: string | number | null; readonly id: string } | undefined;
}

export const KEY_SORTS = ["createdAt", "name", "lastUsedAt", "expiresAt"] as const;
export type KeySort = (typeof KEY_SORTS)[number];

export interface KeyPage extends KeyFilter {
  /** Only ids smaller than this one. */
  readonly before?: string | undefined;
  /** How many to pass over, for lists that are asked for by page number. */
  readonly offset?: number | undefined;
  readonly limit: number;
  /** Newest first when absent. Keys without the value are last in both directions; equals are in the order of their ids, in the same direction. */
  readonly order?: KeyOrder | undefined;
}

export interface KeyStore {
  /** Adds a key, if its organization has room for it and no other key has its digest. One that a key asks for never exceeds that one. */
  createKey(created: NewKey, change: Change): Promise<CreateKeyResult>;
  /** One key of one organization, revoked ones too. */
  findKey(organizationId: string, id: string): Promise<ApiKey | undefined>;
  /** One key of any organization, or of none: for the operator. */
  findKeyOfAny(id: string): Promise<ApiKey | undefined>;
  /** With `organizationId`, keys of other organizations are not found. A miss takes as many statements as a hit. */
  findKeyByDigest(digest: string, organizationId?: string): Promise<FindCredentialResult>;
  findKeyByPublicKey(publicKey: string, organizationId?: string): Promise<FindCredentialResult>;
  listKeys(organizationId: string, page: KeyPage): Promise<readonly ApiKey[]>;
  /** Keys of an organization that are neither revoked nor expired at this time. */
  countKeys(organizationId: string, activeAt: number): Promise<number>;
  /** How many keys all pages of such a list have together. */
  countListed(organizationId: string, filter: KeyFilter): Promise<number>;
  /** Whether a key in force allows one of these domains, spelled as keys spell them; false for none. */
  isDomainAllowed(domains: readonly string[], now: number): Promise<boolean>;
  /** Writes the given fields alone, unless `refusedChange` refuses. */
  updateKey(organizationId: string, id: string, changes: KeyChanges, change: Change): Promise<UpdateKeyResult>;
  /** Revokes a key permanently. */
  revokeKey(organizationId: string, id: string, change: Change): Promise<RevokeKeyResult>;
  /**
   * Gives an unclaimed key to an organization that has room for it. Of several that claim it at once, one gets it.
   * @example
   * const result = await store.claimKey("org_1", digest, { free: 5 }, { auditId, actor: "usr_1", at: now });
   * if (result.outcome === "key_limit_reached") throw new Error(`only ${result.allowed} keys are allowed`);
   */
  claimKey(organizationId: string, digest: string, keysByPlan: NewKey["keysByPlan"], change: Change): Promise<ClaimKeyResult>;
  /** Reads a sealed key and writes to the audit log that it was shown. */
  showSealedKey(organizationId: string, id: string, change: Change): Promise<ShowSealedKeyResult>;
  /**
   * Gives a key its only successor and moves its own end closer, as `rotate` says. Every key before it that has not ended ends at the time of the
   * change, each with its own rows in audit log and feed.
   */
  rotateKey(organizationId: string, id: string, successor: NewSuccessor, change: Change): Promise<RotateKeyResult>;
}

export interface OrganizationStore {
  createOrganization(organization: Organization, change: Change): Promise<void>;
  findOrganization(id: string): Promise<Organization | undefined>;
  listOrganizations(page: { readonly before?: string | undefined; readonly limit: number }): Promise<readonly Organization[]>;
  /** Overrides replace those that are there; an absent field stays. */
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
  /** It was revoked before; nothing was changed. */
  | { readonly outcome: "already_revoked"; readonly token: ServiceToken }
  | { readonly outcome: "not_found" };

export interface ServiceTokenStore {
  createServiceToken(token: ServiceToken, digest: string, change: Change): Promise<void>;
  findServiceTokenByDigest(digest: string): Promise<ServiceToken | undefined>;
  listServiceTokens(): Promise<readonly ServiceToken[]>;
  revokeServiceToken(id: string, change: Change): Promise<RevokeServiceTokenResult>;
}

/**
 * What verifications left in memory since the last batch. Counts are added to those stored. A last use only moves forward, but for a stored
 * one more than a minute after `madeAt`: it was told by a clock that has been corrected since, and is replaced.
 */
export interface UseBatch {
  readonly outcomes: readonly { readonly keyId: string; readonly hour: number; readonly outcome: string; readonly count: number }[];
  readonly lastUses: readonly { readonly keyId: string; readonly at: number }[];
  readonly counters: readonly { readonly counterId: string; readonly state: CounterState; readonly at: number }[];
  /** When the batch was made; absent: every stored last use is believed. */
  readonly madeAt?: number | undefined;
}

export interface UseStore {
  recordUse(batch: UseBatch): Promise<void>;
  /** The saved state of a counter, if there is one. */
  findCounter(counterId: string): Promise<CounterState | undefined>;
  /** Verifications of one key by hour (milliseconds since the epoch, on the hour) and outcome, oldest first. */
  usageOf(keyId: string, since: number): Promise<readonly { readonly hour: number; readonly outcome: string; readonly count: number }[]>;
  /** The same of several keys by day (in UTC), oldest first, and one list for each of these keys that is the organization's, used or not. */
  usageByDay(organizationId: string, keyIds: readonly string[], since: number): Promise<readonly KeyUseByDay[]>;
}

export interface KeyUseByDay {
  readonly keyId: string;
  /** `day`: when it begins, in milliseconds since the epoch. */
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
}

/** Narrows the audit log. An absent field does not filter. */
export interface AuditFilter {
  readonly action?: string | undefined;
  /** By one of these. */
  readonly actors?: readonly string[] | undefined;
  readonly subjectId?: string | undefined;
  /** At this time or later. */
  readonly from?: number | undefined;
  /** Before this time. */
  readonly to?: number | undefined;
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
  changesAfter(
    sequence: number,
    limit: number,
  ): Promise<readonly { readonly sequence: number; readonly kind: AuditSubject; readonly subjectId: string }[]>;
}

export interface Store extends KeyStore, OrganizationStore, ServiceTokenStore, PeopleStore, UseStore, LogStore {
  /** Stores a fact about the whole database unless the name has one, and resolves to the stored value: the first one given. */
  settle(name: string, value: string): Promise<string>;
  /** Forgets what has no use any more: idempotency keys and the change feed after a day, idle counters after two, usage by hour after `usageDays`. */
  prune(now: number, usageDays: number): Promise<void>;
  /** @throws StoreUnavailable when the database does not respond. */
  ping(): Promise<void>;
}
