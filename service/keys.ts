/** The operations on API keys. Each change is one transaction of the store, and in force on the next request after it was answered. */
import type { ApiKey, Environment } from "../engine/api-key.ts";
import { NO_LIMITS } from "../engine/api-key.ts";
import { DAY_MS, parseDuration, SECOND_MS } from "../engine/duration.ts";
import { invalid, type Outcome, ok, refuse } from "../engine/errors.ts";
import { parseId, spellId } from "../engine/id.ts";
import type { KeyChanges } from "../engine/key-changes.ts";
import { generateKey, type RandomBytes } from "../engine/key-format.ts";
import type { KeySystem } from "../engine/key-system.ts";
import { type GivenLimits, LIMIT_NAMES, parseLimits } from "../engine/limits.ts";
import { parseName } from "../engine/name.ts";
import { OVERLAP_DEFAULT_MS, OVERLAP_MAXIMUM_MS } from "../engine/rotation.ts";
import { parseScopes } from "../engine/scopes.ts";
import { parseTimestamp } from "../engine/timestamp.ts";
import type { Change, CreateKeyResult, KeyStore, RotateKeyResult, UseStore } from "../stores/contract.ts";
import type { IdempotencyKeys } from "./idempotency.ts";
import { fingerprint, type Secrets } from "./secrets.ts";
import type { UseRecorder } from "./use-recorder.ts";
import type { Verifier } from "./verifier.ts";

/** Ten years: longer is a typing error. */
const EXPIRY_MAXIMUM_MS = 3650 * DAY_MS;
const PAGE_MAXIMUM = 100;

/** Values as they come from outside; every one is checked. */
export interface KeySettings {
  readonly name?: string | null | undefined;
  readonly scopes?: readonly string[] | undefined;
  readonly limits?: GivenLimits | undefined;
  /** RFC 3339, in the future; null for never. */
  readonly expiresAt?: string | null | undefined;
  /** A duration from now, such as `90d`, instead of `expiresAt`. */
  readonly expiresIn?: string | undefined;
}

export interface CreateKeyInput extends KeySettings {
  readonly environment?: Environment | undefined;
  /** The key that asks for this one, where a platform lets keys make keys: the new one never exceeds it. */
  readonly parentId?: string | undefined;
  readonly idempotencyKey?: string | undefined;
}

export interface UpdateKeyInput extends KeySettings {
  readonly enabled?: boolean | undefined;
}

export interface RotateKeyInput {
  /** How long the old key works beside the new one: `0s` to `30d`, `24h` when absent. */
  readonly overlap?: string | undefined;
  readonly idempotencyKey?: string | undefined;
}

/** `key` is the full secret string: there the first time, never again. */
export interface IssuedKey {
  readonly apiKey: ApiKey;
  readonly key: string | undefined;
}

export interface KeysOptions {
  readonly system: KeySystem;
  readonly environments: readonly Environment[];
  readonly store: KeyStore & Pick<UseStore, "usageOf">;
  readonly secrets: Secrets;
  readonly verifier: Verifier;
  readonly recorder: UseRecorder;
  readonly idempotency: IdempotencyKeys;
  readonly clock: () => number;
  readonly randomBytes: RandomBytes;
  readonly nextBits: (now: number) => bigint;
  /** A change by this actor, now. */
  readonly changeBy: (actor: string, now: number) => Change;
}

export interface KeyPageInput {
  /** 1 to 100; 50 when absent. */
  readonly limit?: number | undefined;
  /** The `nextCursor` of the page before. */
  readonly cursor?: string | undefined;
  /** Leave out revoked and expired keys. */
  readonly activeOnly?: boolean | undefined;
}

export type Keys = ReturnType<typeof keyOperations>;

export function keyOperations({
  system,
  environments,
  store,
  secrets,
  verifier,
  recorder,
  idempotency,
  clock,
  randomBytes,
  nextBits,
  changeBy,
}: KeysOptions) {
  const keysByPlan = Object.freeze(Object.fromEntries(Object.entries(system.plans).map(([name, { keys }]) => [name, keys])));
  const idOf = (presented: string): string | undefined => parseId(system.keyId, presented);
  const unknownKey = () => refuse("not_found", "There is no such key.");

  /** Runs a change and forgets what memory has of the key, also when nobody can say whether the change happened. */
  async function changing<Result>(id: string, run: () => Promise<Result>): Promise<Result> {
    try {
      return await run();
    } finally {
      verifier.cache.forget(id);
    }
  }

  /** With the use that has not reached the store yet. */
  function current(key: ApiKey): ApiKey {
    const lastUse = recorder.lastUseOf(key.id);
    return lastUse > (key.lastUsedAt ?? 0) ? { ...key, lastUsedAt: lastUse } : key;
  }

  return {
    /** Makes a key for an organization. The environment is the platform's first when absent. */
    async create(organizationId: string, input: CreateKeyInput, actor: string): Promise<Outcome<IssuedKey>> {
      const now = clock();
      const settings = readSettings(input, now);
      if (!settings.ok) return settings;
      const environment = input.environment ?? environments[0];
      if (environment === undefined || !environments.includes(environment)) {
        return invalid("environment", `environment must be ${environments.join(" or ")} here`);
      }
      const { idempotencyKey, parentId, ...asked } = input;
      return idempotency.once(organizationId, { key: idempotencyKey, operation: "create", input: asked }, async (repeatable) => {
        const key = generateKey(system.keyFormat, environment, randomBytes);
        const id = spellId(system.keyId, nextBits(now));
        const apiKey: ApiKey = {
          id,
          organizationId,
          name: null,
          environment,
          prefix: system.prefixOf(key),
          scopes: [],
          limits: NO_LIMITS,
          enabled: true,
          expiresAt: null,
          ...settings.value,
          createdAt: now,
          updatedAt: now,
          revokedAt: null,
          lastUsedAt: null,
          counterId: id,
          predecessorId: null,
          successorId: null,
        };
        const result = await store.createKey(
          { key: apiKey, digest: secrets.digest(key), keysByPlan, parentId, idempotency: repeatable },
          changeBy(actor, now),
        );
        if (result.outcome === "created") verifier.cache.learn(fingerprint(key));
        return issued(result, key);
      });
    },

    /** One page of an organization's keys, newest first. `nextCursor` is null on the last one. */
    async list(
      organizationId: string,
      { limit = 50, cursor, activeOnly = false }: KeyPageInput = {},
    ): Promise<Outcome<{ keys: readonly ApiKey[]; nextCursor: string | null }>> {
      if (!Number.isInteger(limit) || limit < 1 || limit > PAGE_MAXIMUM)
        return invalid("limit", `limit must be a whole number from 1 to ${PAGE_MAXIMUM}`);
      const before = cursor === undefined ? undefined : idOf(cursor);
      if (cursor !== undefined && before === undefined) return invalid("cursor", "cursor must be the nextCursor of an earlier page");
      const found = await store.listKeys(organizationId, { before, limit: limit + 1, activeAt: activeOnly ? clock() : undefined });
      const keys = found.slice(0, limit).map(current);
      return ok({ keys, nextCursor: found.length > limit ? (keys.at(-1)?.id ?? null) : null });
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

    async update(organizationId: string, presentedId: string, input: UpdateKeyInput, actor: string): Promise<Outcome<ApiKey>> {
      const id = idOf(presentedId);
      if (id === undefined) return unknownKey();
      const now = clock();
      const settings = readSettings(input, now);
      if (!settings.ok) return settings;
      const changes: KeyChanges = { ...settings.value, ...(input.enabled !== undefined && { enabled: input.enabled }) };
      if (Object.keys(changes).length === 0) return invalid("body", "name at least one thing to change");
      const result = await changing(id, () => store.updateKey(organizationId, id, changes, changeBy(actor, now)));
      if (result.outcome === "not_found") return unknownKey();
      if (result.outcome === "refused") return { ok: false, problem: result.problem };
      return ok(current(result.key));
    },

    /** Gives the key a successor with the same settings; the old key works until the overlap ends. */
    async rotate(
      organizationId: string,
      presentedId: string,
      { overlap, idempotencyKey }: RotateKeyInput,
      actor: string,
    ): Promise<Outcome<IssuedKey>> {
      const id = idOf(presentedId);
      if (id === undefined) return unknownKey();
      const overlapMs =
        overlap === undefined ? ok(OVERLAP_DEFAULT_MS) : parseDuration(overlap, "overlap", { minimumMs: 0, maximumMs: OVERLAP_MAXIMUM_MS });
      if (!overlapMs.ok) return overlapMs;
      return idempotency.once(
        organizationId,
        { key: idempotencyKey, operation: `rotate ${id}`, input: { overlap } },
        async (repeatable) => {
          const old = await store.findKey(organizationId, id);
          if (old === undefined) return unknownKey();
          const now = clock();
          const key = generateKey(system.keyFormat, old.environment, randomBytes);
          const succession = {
            successorId: spellId(system.keyId, nextBits(now)),
            prefix: system.prefixOf(key),
            overlapMs: overlapMs.value,
          };
          const successor = { ...succession, digest: secrets.digest(key), idempotency: repeatable };
          const result = await changing(id, () => store.rotateKey(organizationId, id, successor, changeBy(actor, now)));
          if (result.outcome === "rotated") verifier.cache.learn(fingerprint(key));
          return issued(result, key);
        },
      );
    },

    /** Revokes for good; a key that is revoked already stays so. Once this has resolved, the key is refused. */
    async revoke(organizationId: string, presentedId: string, actor: string): Promise<Outcome<{ apiKey: ApiKey; wasRevoked: boolean }>> {
      const id = idOf(presentedId);
      if (id === undefined) return unknownKey();
      const result = await changing(id, () => store.revokeKey(organizationId, id, changeBy(actor, clock())));
      return result === undefined ? unknownKey() : ok({ apiKey: current(result.key), wasRevoked: result.wasRevoked });
    },

    /** Two spellings of one id are the same key. */
    isSameId: (presented: string, id: string): boolean => idOf(presented) === id,
  };
}

function issued(result: CreateKeyResult | RotateKeyResult, key: string): Outcome<IssuedKey> {
  switch (result.outcome) {
    case "created":
    case "rotated":
      return ok({ apiKey: result.key, key });
    case "repeated":
      return ok({ apiKey: result.key, key: undefined });
    case "idempotency_mismatch":
      return refuse("idempotency_mismatch", "This Idempotency-Key was used for a request with other content.");
    case "key_limit_reached":
      return refuse("key_limit_reached", `The organization's plan allows ${result.allowed} active keys, and that many exist.`);
    case "parent_not_active":
      return refuse("invalid_credential", "The API key is not valid.");
    case "no_organization":
      return refuse("not_found", "There is no such organization.");
    case "not_found":
      return refuse("not_found", "There is no such key.");
    case "refused":
      return { ok: false, problem: result.problem };
    case "digest_taken":
      // 256 random bits met twice: the generator is broken, and no key of it may be given out.
      throw new Error("the random source has repeated itself");
  }
}

/** The settings that are given, checked; absent ones stay absent. */
function readSettings(input: KeySettings, now: number): Outcome<KeyChanges> {
  const name = input.name === undefined || input.name === null ? ok(input.name) : parseName(input.name);
  if (!name.ok) return name;
  const scopes = input.scopes === undefined ? ok(undefined) : parseScopes(input.scopes);
  if (!scopes.ok) return scopes;
  const limits = input.limits === undefined ? ok(undefined) : parseLimits(input.limits, LIMIT_NAMES);
  if (!limits.ok) return limits;
  const expiresAt = readExpiry(input, now);
  if (!expiresAt.ok) return expiresAt;
  return ok({
    ...(name.value !== undefined && { name: name.value }),
    ...(scopes.value !== undefined && { scopes: scopes.value }),
    ...(limits.value !== undefined && { limits: { ...NO_LIMITS, ...limits.value } }),
    ...(expiresAt.value !== undefined && { expiresAt: expiresAt.value }),
  });
}

function readExpiry({ expiresAt, expiresIn }: KeySettings, now: number): Outcome<number | null | undefined> {
  if (expiresIn !== undefined) {
    if (expiresAt !== undefined) return invalid("expiresIn", "give expiresAt or expiresIn, not both");
    const duration = parseDuration(expiresIn, "expiresIn", { minimumMs: SECOND_MS, maximumMs: EXPIRY_MAXIMUM_MS });
    return duration.ok ? ok(now + duration.value) : duration;
  }
  if (expiresAt === undefined || expiresAt === null) return ok(expiresAt);
  const time = parseTimestamp(expiresAt, "expiresAt");
  if (time.ok && time.value <= now) return invalid("expiresAt", "expiresAt must be in the future");
  return time;
}
