/** The operations on API keys. Each change is one transaction of the store, and in force on the next request after it was answered. */
import type { ApiKey, Environment } from "../engine/api-key.ts";
import { parseDuration } from "../engine/duration.ts";
import { invalid, type Outcome, ok, refuse } from "../engine/errors.ts";
import { type NewId, parseId } from "../engine/id.ts";
import type { KeyChanges } from "../engine/key-changes.ts";
import { generateCredential } from "../engine/key-form.ts";
import type { RandomBytes } from "../engine/key-format.ts";
import type { KeySystem } from "../engine/key-system.ts";
import { OVERLAP_DEFAULT, OVERLAP_RANGE } from "../engine/rotation.ts";
import { mayBeChosenSecret, secretInUrl, secretRefuser } from "../engine/secret-pattern.ts";
import type { Change, KeyStore, RotateKeyResult } from "../stores/contract.ts";
import { credentialIssued, keyChanged, organizationChanged, type StateChange } from "./changes/change.ts";
import type { Commit } from "./changes/commit.ts";
import type { IdempotencyKeys } from "./idempotency.ts";
import { actorNotActive, type IssuedKey, issued, kept, newApiKey } from "./issuing.ts";
import { type KeyListInput, readKeyList } from "./key-list.ts";
import { type KeySettings, readSettings } from "./key-settings.ts";
import type { Secrets } from "./secrets.ts";
import type { Verifier } from "./verification/verifier.ts";

/** Who changes something: a name for the audit log, or a key, which must still be in force when the change happens. */
export type Actor = string | { readonly keyId: string };

export interface CreateKeyInput extends KeySettings {
  readonly environment?: Environment | undefined;
  readonly idempotencyKey?: string | undefined;
}

export interface UpdateKeyInput extends KeySettings {
  readonly enabled?: boolean | undefined;
}

export interface RotateKeyInput {
  /** How long the old key works beside the new one: `0s` to `30d`, `OVERLAP_DEFAULT` when absent. */
  readonly overlap?: string | undefined;
  readonly idempotencyKey?: string | undefined;
}

export interface KeysOptions {
  readonly system: KeySystem;
  readonly environments: readonly Environment[];
  readonly store: KeyStore;
  readonly secrets: Secrets;
  readonly verifier: Pick<Verifier, "lastUseOf" | "isRateLimited" | "idInMemory">;
  readonly commit: Commit;
  readonly idempotency: IdempotencyKeys;
  readonly clock: () => number;
  readonly randomBytes: RandomBytes;
  readonly newId: NewId;
  /** How many active keys each plan allows. */
  readonly keysByPlan: Readonly<Record<string, number | null>>;
  /** A change by this actor, now. */
  readonly changeBy: (actor: Actor, now: number) => Change;
}

export interface KeyList {
  readonly keys: readonly ApiKey[];
  readonly nextCursor: string | null;
  /** How many keys all pages have, where it was asked for. */
  readonly total: number | undefined;
}

export type Keys = ReturnType<typeof keyOperations>;

export function keyOperations(options: KeysOptions) {
  const { system, environments, store, secrets, verifier, commit, idempotency, clock, randomBytes, newId, keysByPlan, changeBy } = options;
  const idOf = (presented: string): string | undefined => parseId(system.keyId, presented);
  const unknownKey = () => refuse("not_found", "There is no such key.");
  const lists = { system, cursors: secrets.cursors, refuseSecret: secretRefuser(system.keyForm) };

  /** With the use that has not reached the store yet. */
  function current(key: ApiKey): ApiKey {
    const lastUse = verifier.lastUseOf(key.id);
    return lastUse > (key.lastUsedAt ?? 0) ? { ...key, lastUsedAt: lastUse } : key;
  }

  /** Whether a text is a secret of the organization that somebody chose: no pattern recognizes those. */
  async function isOwnSecret(organizationId: string, text: string | undefined): Promise<boolean> {
    if (text === undefined || !mayBeChosenSecret(system.keyForm, text)) return false;
    return (await store.findKeyByDigest(secrets.digest(text), organizationId)).outcome === "found";
  }

  return {
    /** Makes a key for an organization. The environment is the platform's first when absent. */
    async create(organizationId: string, input: CreateKeyInput, actor: Actor): Promise<Outcome<IssuedKey>> {
      const now = clock();
      const settings = readSettings(input, system, now);
      if (!settings.ok) return settings;
      const environment = input.environment ?? environments[0];
      if (environment === undefined || !environments.includes(environment)) {
        return invalid("environment", `environment must be ${environments.join(" or ")} here`);
      }
      const { idempotencyKey, ...asked } = input;
      return idempotency.once(organizationId, { key: idempotencyKey, operation: "create", input: asked }, async (repeatable) => {
        const generated = generateCredential(system.keyForm, environment, randomBytes);
        const key = newApiKey(options, organizationId, environment, settings.value, generated, now);
        const created = { key, ...kept(options, generated, key.id), keysByPlan, idempotency: repeatable };
        const result = await commit(
          () => store.createKey(created, changeBy(actor, now)),
          () => [credentialIssued(key.publicKey ?? created.digest)],
        );
        return issued(result, generated);
      });
    },

    /**
     * One page of an organization's keys, newest first unless `sort` says otherwise. `nextCursor` is null on the last one. Order and `unused`
     * go by what the store knows of the last uses, which is about a second behind.
     */
    async list(
      organizationId: string,
      { count = false, ...input }: KeyListInput & { readonly count?: boolean | undefined } = {},
    ): Promise<Outcome<KeyList>> {
      const asked = readKeyList(lists, organizationId, input, clock());
      if (!asked.ok) return asked;
      const { page, filter, limit, cursorAfter } = asked.value;
      if (await isOwnSecret(organizationId, filter.search)) return secretInUrl("search");
      const found = await store.listKeys(organizationId, page);
      const total = count ? await store.countListed(organizationId, filter) : undefined;
      const shown = found.slice(0, limit);
      const last = found.length > limit ? shown.at(-1) : undefined;
      return ok({ keys: shown.map(current), nextCursor: last === undefined ? null : cursorAfter(last), total });
    },

    /** One page of the active keys by its number (from 1), newest first, and how many there are. */
    async listNumbered(organizationId: string, page: number, size: number): Promise<{ keys: readonly ApiKey[]; total: number }> {
      const activeAt = clock();
      const keys = await store.listKeys(organizationId, { offset: (page - 1) * size, limit: size, activeAt });
      return { keys: keys.map(current), total: await store.countKeys(organizationId, activeAt) };
    },

    /** All active keys of an organization, oldest first: for platforms whose lists have no pages. */
    async listActive(organizationId: string): Promise<readonly ApiKey[]> {
      const active: ApiKey[] = [];
      const activeAt = clock();
      for (;;) {
        const page = await store.listKeys(organizationId, { before: active.at(-1)?.id, limit: 1_000, activeAt });
        active.push(...page.map(current));
        if (page.length < 1_000) return active.reverse();
      }
    },

    async get(organizationId: string, presentedId: string): Promise<Outcome<ApiKey>> {
      const id = idOf(presentedId);
      const key = id === undefined ? undefined : await store.findKey(organizationId, id);
      return key === undefined ? unknownKey() : ok(current(key));
    },

    /** Whoever owns it: for the operator alone. */
    async getOfAny(presentedId: string): Promise<Outcome<ApiKey>> {
      const id = idOf(presentedId);
      const key = id === undefined ? undefined : await store.findKeyOfAny(id);
      return key === undefined ? unknownKey() : ok(current(key));
    },

    async update(organizationId: string, presentedId: string, input: UpdateKeyInput, actor: Actor): Promise<Outcome<ApiKey>> {
      const id = idOf(presentedId);
      if (id === undefined) return unknownKey();
      const now = clock();
      const settings = readSettings(input, system, now);
      if (!settings.ok) return settings;
      const changes: KeyChanges = { ...settings.value, ...(input.enabled !== undefined && { enabled: input.enabled }) };
      if (Object.keys(changes).length === 0) return invalid("body", "name at least one thing to change");
      const result = await commit(
        () => store.updateKey(organizationId, id, changes, changeBy(actor, now)),
        () => [keyChanged(id)],
      );
      if (result.outcome === "not_found") return unknownKey();
      if (result.outcome === "refused") return { ok: false, problem: result.problem };
      return ok(current(result.key));
    },

    /** Gives the key a successor with the same settings; the old key works until the overlap ends, and what it replaced itself ends now. */
    async rotate(
      organizationId: string,
      presentedId: string,
      { overlap, idempotencyKey }: RotateKeyInput,
      actor: Actor,
    ): Promise<Outcome<IssuedKey>> {
      const id = idOf(presentedId);
      if (id === undefined) return unknownKey();
      const overlapMs = parseDuration(overlap ?? OVERLAP_DEFAULT, "overlap", OVERLAP_RANGE);
      if (!overlapMs.ok) return overlapMs;
      return idempotency.once(
        organizationId,
        { key: idempotencyKey, operation: `rotate ${id}`, input: { overlap } },
        async (repeatable) => {
          const old = await store.findKey(organizationId, id);
          if (old === undefined) return unknownKey();
          const now = clock();
          const generated = generateCredential(system.keyForm, old.environment, randomBytes);
          const { publicKey, presented } = generated;
          const successorId = newId(system.keyId, now);
          const succession = { successorId, prefix: system.prefixOf(presented), publicKey, overlapMs: overlapMs.value };
          const successor = { ...succession, ...kept(options, generated, successorId), idempotency: repeatable };
          const result = await commit(
            () => store.rotateKey(organizationId, id, successor, changeBy(actor, now)),
            (rotated) => [credentialIssued(publicKey ?? successor.digest), keyChanged(id), ...endedBy(rotated, organizationId)],
          );
          return issued(result, generated);
        },
      );
    },

    /** Revokes for good; a key that is revoked already stays so. Once this has resolved, the key is refused. */
    async revoke(organizationId: string, presentedId: string, actor: Actor): Promise<Outcome<{ apiKey: ApiKey; wasRevoked: boolean }>> {
      const id = idOf(presentedId);
      if (id === undefined) return unknownKey();
      const result = await commit(
        () => store.revokeKey(organizationId, id, changeBy(actor, clock())),
        () => [keyChanged(id)],
      );
      if (result.outcome === "actor_not_active") return actorNotActive();
      if (result.outcome === "not_found") return unknownKey();
      return ok({ apiKey: current(result.key), wasRevoked: result.outcome === "already_revoked" });
    },

    /** Whether memory knows that every request with this key would be refused now because of a limit. False for a key that is not in memory. */
    isRateLimited: (id: string): boolean => verifier.isRateLimited(id),

    /** Two spellings of one id are the same key. */
    isSameId: (presented: string, id: string): boolean => idOf(presented) === id,

    /** Whether a key in force may be used from this host's websites. */
    isHostAllowed: (host: string): Promise<boolean> => store.isDomainAllowed(domainsAbove(host), clock()),
  };
}

/** A rotation also ends the keys before the one it replaces. When the store failed nobody knows which: all of the organization's are suspect. */
function endedBy(result: RotateKeyResult | undefined, organizationId: string): StateChange[] {
  if (result === undefined) return [organizationChanged(organizationId)];
  return result.outcome === "rotated" ? result.ended.map(keyChanged) : [];
}

/** How keys may write a domain that allows the host: the host itself, or a wildcard above it. */
function domainsAbove(host: string): string[] {
  const labels = host.split(".");
  return [host, ...labels.slice(1).map((_, at) => `*.${labels.slice(at + 1).join(".")}`)];
}
