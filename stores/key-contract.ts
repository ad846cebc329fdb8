/** The part of the store contract that concerns API keys. */

import type { ApiKey, Environment } from "../engine/api-key.ts";
import type { ConditionBounds, KeyFilterName } from "../engine/condition.ts";
import type { Problem } from "../engine/errors.ts";
import type { KeyChanges } from "../engine/key-changes.ts";
import type { Succession } from "../engine/rotation.ts";
import type { BankGlimpse } from "./bank-contract.ts";
import type { Change } from "./change.ts";
import type { Organization } from "./organization.ts";

/** Lets a repeated request find the key that the first one created. */
export interface Idempotency {
  readonly key: string;
  /** A hash of route and body. The same key with another fingerprint belongs to another request. */
  readonly fingerprint: string;
}

/** What a verification needs to know about a key, read in one look-up. */
export interface VerificationRecord {
  readonly key: ApiKey;
  /** What the presented secret must match. */
  readonly digest: string;
  /** Undefined for an unclaimed key. */
  readonly organization: Pick<Organization, "plan" | "overrides"> | undefined;
  /** The saved state of the key's counter, if there is one: a `CounterState` as JSON, parsed only when the key has limits. */
  readonly counter: string | undefined;
  /** Where several nodes share limits: what the bank has of the counter, as of this look-up. */
  readonly bank?: BankGlimpse | undefined;
}

/**
 * The result of a look-up by credential. A miss costs what a hit costs (docs/decisions/0014): it comes with a `decoy`, a record of ordinary
 * size that is revoked and has ids that nothing has. Do the same work on the decoy as on a record, then refuse the request.
 */
export type FindCredentialResult =
  | ({ readonly outcome: "found" } & VerificationRecord)
  | { readonly outcome: "not_found"; readonly decoy: VerificationRecord };

/** What a credential is found by: its digest, or its digests under several master secrets, of which a store has one at most. */
export type Digests = string | readonly string[];

export interface NewKey {
  readonly key: ApiKey;
  readonly digest: string;
  /** The digests of the same credential under earlier master secrets: it is taken if a key has one of them. */
  readonly formerDigests?: readonly string[] | undefined;
  /** The encrypted key, on platforms that seal keys. */
  readonly sealed: string | undefined;
  /** How many active keys each plan allows; null for any number. An override of the organization takes precedence. */
  readonly keysByPlan: Readonly<Record<string, number | null>>;
  readonly idempotency: Idempotency | undefined;
}

export interface NewSuccessor extends Succession {
  readonly digest: string;
  readonly formerDigests?: readonly string[] | undefined;
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
  /** `ended`: ids of the keys that the predecessor itself had replaced and that ended with this change, newest first. */
  | { readonly outcome: "rotated"; readonly key: ApiKey; readonly predecessor: ApiKey; readonly ended: readonly string[] }
  | { readonly outcome: "repeated"; readonly key: ApiKey }
  | { readonly outcome: "idempotency_mismatch" }
  | { readonly outcome: "not_found" }
  | { readonly outcome: "digest_taken" }
  | { readonly outcome: "refused"; readonly problem: Problem };

export type ClaimKeyResult =
  | { readonly outcome: "claimed"; readonly key: ApiKey }
  /** The key already belongs to this organization; nothing was changed. */
  | { readonly outcome: "already_claimed"; readonly key: ApiKey }
  | { readonly outcome: "key_limit_reached"; readonly allowed: number }
  /** There is no such key, it is not active, or it belongs to another organization: the caller cannot tell which. */
  | { readonly outcome: "not_claimable" };

export type RevokeKeyResult =
  | { readonly outcome: "revoked"; readonly key: ApiKey }
  /** It had been revoked before; nothing was changed. */
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
  /** Part of the name, the id, the prefix or the public key. Case is ignored for ASCII letters; no character is a wildcard. */
  readonly search?: string | undefined;
  readonly condition?: { readonly is: KeyFilterName; readonly bounds: ConditionBounds } | undefined;
}

/** The order of a list of keys. Ids are in order of creation. Names are compared without regard to the case of ASCII letters. */
export interface KeyOrder {
  readonly by: KeySort;
  readonly descending: boolean;
  /** Only keys after this value, and after this id among keys with the same value. For `createdAt`, the id is the value. */
  readonly after?: { readonly value: string | number | null; readonly id: string } | undefined;
}

export const KEY_SORTS = ["createdAt", "name", "lastUsedAt", "expiresAt"] as const;
export type KeySort = (typeof KEY_SORTS)[number];

export interface KeyPage extends KeyFilter {
  /** Only ids smaller than this one. */
  readonly before?: string | undefined;
  /** How many keys to skip, for lists with page numbers. */
  readonly offset?: number | undefined;
  readonly limit: number;
  /** Newest first when absent. Keys without the value come last in both directions. Keys with the same value are ordered by id. */
  readonly order?: KeyOrder | undefined;
}

export interface KeyStore {
  /** Adds a key, if its organization has room for it and no other key has its digest. A key that another key creates never exceeds that key. */
  createKey(created: NewKey, change: Change): Promise<CreateKeyResult>;
  /** One key of the organization, whatever its status. */
  findKey(organizationId: string, id: string): Promise<ApiKey | undefined>;
  /** One key of any organization, or of none: only for the operator. */
  findKeyOfAny(id: string): Promise<ApiKey | undefined>;
  /** With `organizationId`, keys of other organizations are not found. A miss takes as many statements as a hit. */
  findKeyByDigest(digests: Digests, organizationId?: string): Promise<FindCredentialResult>;
  findKeyByPublicKey(publicKey: string, organizationId?: string): Promise<FindCredentialResult>;
  listKeys(organizationId: string, page: KeyPage): Promise<readonly ApiKey[]>;
  /** The number of keys of an organization that are neither revoked nor expired at this time. */
  countKeys(organizationId: string, activeAt: number): Promise<number>;
  /** The number of keys on all pages of such a list. */
  countListed(organizationId: string, filter: KeyFilter): Promise<number>;
  /** Whether any key in force allows one of these domains (in canonical form). False for an empty list. */
  isDomainAllowed(domains: readonly string[], now: number): Promise<boolean>;
  /** Changes only the given fields, of a key of the organization or, with null, one that nobody has claimed, unless `refusedChange` of the engine refuses. */
  updateKey(organizationId: string | null, id: string, changes: KeyChanges, change: Change): Promise<UpdateKeyResult>;
  /** Revokes a key permanently. */
  revokeKey(organizationId: string | null, id: string, change: Change): Promise<RevokeKeyResult>;
  /**
   * Gives an unclaimed key to an organization that has room for it. If several claim it at once, only one gets it.
   * @example
   * const result = await store.claimKey("org_1", digest, { free: 5 }, { auditId, actor: "usr_1", at: now });
   * if (result.outcome === "key_limit_reached") throw new Error(`only ${result.allowed} keys are allowed`);
   */
  claimKey(organizationId: string, digests: Digests, keysByPlan: NewKey["keysByPlan"], change: Change): Promise<ClaimKeyResult>;
  /** Reads a sealed key and writes to the audit log that it was shown. */
  showSealedKey(organizationId: string, id: string, change: Change): Promise<ShowSealedKeyResult>;
  /**
   * Creates the successor of a key and sets the old key's expiry, as `rotate` of the engine says. A key has at most one successor. Keys that
   * the rotated key itself had replaced end at the time of the change, each with its own rows in the audit log and the change feed.
   */
  rotateKey(organizationId: string, id: string, successor: NewSuccessor, change: Change): Promise<RotateKeyResult>;
}
