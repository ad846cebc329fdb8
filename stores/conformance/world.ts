/** What the guarantees work with: records that differ in what a sentence is about, and the rows that a change leaves. */
import { randomBytes } from "node:crypto";
import { expect } from "vitest";
import { type ApiKey, NO_LIMITS } from "../../engine/api-key.ts";
import type { AuditAction, AuditSubject } from "../../engine/audit-actions.ts";
import { encodeUlid, ulidFactory } from "../../engine/ulid.ts";
import type {
  Change,
  CreateKeyResult,
  FindCredentialResult,
  Idempotency,
  NewKey,
  NewSuccessor,
  Organization,
  RevokeKeyResult,
  ServiceToken,
  Store,
  VerificationRecord,
} from "../contract.ts";

export const NOW = Date.UTC(2027, 0, 15, 12);

/** The number of keys that the plans of these tests allow. */
export const KEYS_BY_PLAN = Object.freeze({ any: null, one: 1, ten: 10 });

interface Issued {
  readonly key: ApiKey;
  readonly digest: string;
}

type Revoked = Extract<RevokeKeyResult, { readonly key: ApiKey }>;

/** A row of the change feed or the audit log. */
interface Trace {
  readonly kind: AuditSubject;
  readonly action: AuditAction;
  readonly subjectId: string;
}

/** The store as these guarantees see it: what a look-up brings of the bank of limits is of its own moment, and no part of the record. */
export function withoutBank(store: Store): Store {
  const strip = <Record extends VerificationRecord>({ bank: _, ...record }: Record) => record;
  const stripped = (found: FindCredentialResult): FindCredentialResult =>
    found.outcome === "found" ? strip(found) : { ...found, decoy: strip(found.decoy) };
  return {
    ...store,
    findKeyByDigest: async (...given) => stripped(await store.findKeyByDigest(...given)),
    findKeyByPublicKey: async (...given) => stripped(await store.findKeyByPublicKey(...given)),
  };
}

export class World {
  /** Set before the first test. */
  store!: Store;
  readonly #nextBits = ulidFactory(randomBytes);
  #seen = 0;

  /** A new id, larger than all before. */
  id(prefix: string): string {
    return `${prefix}_${encodeUlid(this.#nextBits(NOW))}`;
  }

  change(at = NOW, actor = "tester", byKeyId?: string): Change {
    return { auditId: this.id("aud"), actor, at, byKeyId, requestId: this.id("req") };
  }

  idempotency(fingerprint = "print"): Idempotency {
    return { key: this.id("idem"), fingerprint };
  }

  anOrganization(different: Partial<Organization> = {}): Organization {
    return { id: this.id("org"), name: "Acme", plan: "any", overrides: {}, createdAt: NOW, updatedAt: NOW, ...different };
  }

  async organization(different: Partial<Organization> = {}): Promise<Organization> {
    const organization = this.anOrganization(different);
    await this.store.createOrganization(organization, this.change());
    return organization;
  }

  aKey(organizationId: string | null, different: Partial<ApiKey> = {}): ApiKey {
    const id = this.id("key");
    return {
      id,
      organizationId,
      name: "CI",
      environment: "live",
      prefix: "kw_live_1234",
      publicKey: null,
      domains: [],
      resources: null,
      scopes: ["agents:read"],
      limits: NO_LIMITS,
      enabled: true,
      createdAt: NOW,
      updatedAt: NOW,
      expiresAt: null,
      revokedAt: null,
      lastUsedAt: null,
      counterId: id,
      predecessorId: null,
      successorId: null,
      ...different,
    };
  }

  /** Creates a key, and returns the store's result. */
  create(key: ApiKey, different: Partial<NewKey> = {}, change = this.change()): Promise<CreateKeyResult> {
    const asked = { key, digest: this.id("digest"), keysByPlan: KEYS_BY_PLAN, sealed: undefined, idempotency: undefined, ...different };
    return this.store.createKey(asked, change);
  }

  /** Creates a key that must succeed. */
  async key(organizationId: string | null, different: Partial<ApiKey> = {}, sealed?: string): Promise<Issued> {
    const digest = this.id("digest");
    const result = await this.create(this.aKey(organizationId, different), { digest, sealed });
    if (result.outcome !== "created") throw new Error(`the key was not created: ${result.outcome}`);
    return { key: result.key, digest };
  }

  /** Creates a key that is revoked at NOW. */
  async revokedKey(organizationId: string): Promise<Issued> {
    const { key, digest } = await this.key(organizationId);
    return { key: (await this.revoke(organizationId, key.id)).key, digest };
  }

  /** Revokes a key that exists. */
  async revoke(organizationId: string, id: string, change = this.change()): Promise<Revoked> {
    const revoked = await this.store.revokeKey(organizationId, id, change);
    if (!("key" in revoked)) throw new Error(`the key was not revoked: ${revoked.outcome}`);
    return revoked;
  }

  /** What a verification reads for the key with this digest. */
  async recordByDigest(digest: string): Promise<VerificationRecord> {
    return recordOf(await this.store.findKeyByDigest(digest));
  }

  async recordByPublicKey(publicKey: string): Promise<VerificationRecord> {
    return recordOf(await this.store.findKeyByPublicKey(publicKey));
  }

  aSuccessor(different: Partial<NewSuccessor> = {}): NewSuccessor {
    return {
      successorId: this.id("key"),
      prefix: "kw_live_5678",
      publicKey: null,
      overlapMs: 1_000,
      digest: this.id("digest"),
      sealed: undefined,
      idempotency: undefined,
      ...different,
    };
  }

  aServiceToken(different: Partial<ServiceToken> = {}): ServiceToken {
    return { id: this.id("st"), name: "gateway", createdAt: NOW, revokedAt: null, ...different };
  }

  /** The feed since the last call of this function. */
  async newChanges(): Promise<{ kind: string; subjectId: string }[]> {
    const changes: { kind: string; subjectId: string }[] = [];
    for (;;) {
      const page = await this.store.changesAfter(this.#seen, 500);
      for (const { sequence, kind, subjectId } of page) {
        expect(sequence).toBeGreaterThan(this.#seen);
        this.#seen = sequence;
        changes.push({ kind, subjectId });
      }
      if (page.length < 500) return changes;
    }
  }

  /** Runs a change and checks the rows that it leaves: one in the audit log and one in the change feed for each trace, and no others. */
  async leaves<Result>(organizationId: string, traces: readonly Trace[], run: () => Promise<Result>): Promise<Result> {
    await this.newChanges();
    const newest = (await this.store.listAudit(organizationId, { limit: 1 }))[0]?.id ?? "";
    const result = await run();
    expect(await this.newChanges()).toEqual(traces.map(({ kind, subjectId }) => ({ kind, subjectId })));
    const audit = (await this.store.listAudit(organizationId, { limit: 1_000 })).filter(({ id }) => id > newest).reverse();
    const audited = traces.filter(({ kind }) => kind !== "service_token");
    expect(audit.map(({ action, subjectId }) => ({ action, subjectId }))).toEqual(
      audited.map(({ action, subjectId }) => ({ action, subjectId })),
    );
    return result;
  }
}

function recordOf(found: FindCredentialResult): VerificationRecord {
  if (found.outcome !== "found") throw new Error("no key has this credential");
  return found;
}

/** The number of results of each outcome. */
export function tally(results: readonly { readonly outcome: string }[]): Record<string, number> {
  return Object.fromEntries(
    Object.entries(Object.groupBy(results, ({ outcome }) => outcome)).map(([outcome, of]) => [outcome, of?.length ?? 0]),
  );
}

export function times<Value>(count: number, make: (index: number) => Value): Value[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
