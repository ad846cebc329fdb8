/**
 * The changes of API keys. A change is one transaction of the store, and holds for every request that arrives after it has resolved.
 *
 * Ids may be given in any spelling (with or without the prefix, as ULID or UUID). An id of another organization is refused like one that does
 * not exist: `not_found`.
 */
import type { ApiKey, Environment } from "../engine/api-key.ts";
import { generateCredential } from "../engine/credential-form.ts";
import { parseDuration } from "../engine/duration.ts";
import { invalid, type Outcome, ok, refuse } from "../engine/errors.ts";
import { type NewId, parseId } from "../engine/id.ts";
import type { KeyChanges } from "../engine/key-changes.ts";
import type { RandomBytes } from "../engine/key-format.ts";
import type { KeySystem } from "../engine/key-system.ts";
import { OVERLAP_DEFAULT, OVERLAP_RANGE } from "../engine/rotation.ts";
import { credentialIssued, keyChanged, organizationChanged, type StateChange } from "../engine/state-change.ts";
import type { Change, KeyStore, RotateKeyResult } from "../stores/contract.ts";
import type { Commit } from "./changes/commit.ts";
import type { IdempotencyKeys } from "./idempotency.ts";
import { actorNotActive, digestAndSeal, type IssuedKey, newApiKey, toIssuedKey } from "./issuing.ts";
import type { KeyMemory } from "./key-memory.ts";
import { withLastUse } from "./key-queries.ts";
import { type KeySettings, readSettings } from "./key-settings.ts";
import type { Secrets } from "./secrets.ts";

/** Who makes a change: a name for the audit log, or a key, which must still be active when the change happens. */
export type Actor = string | { readonly keyId: string };

export interface CreateKeyInput extends KeySettings {
  readonly environment?: Environment | undefined;
  readonly idempotencyKey?: string | undefined;
}

export interface UpdateKeyInput extends KeySettings {
  readonly enabled?: boolean | undefined;
}

export interface RotateKeyInput {
  /** How long the old key keeps working beside the new one: `0s` to `30d`, `OVERLAP_DEFAULT` when absent. */
  readonly overlap?: string | undefined;
  readonly idempotencyKey?: string | undefined;
}

export interface KeysOptions {
  readonly system: KeySystem;
  readonly environments: readonly Environment[];
  readonly store: KeyStore;
  readonly secrets: Secrets;
  readonly memory: KeyMemory;
  readonly commit: Commit;
  readonly idempotency: IdempotencyKeys;
  readonly clock: () => number;
  readonly randomBytes: RandomBytes;
  readonly newId: NewId;
  /** How many active keys each plan allows. */
  readonly keysByPlan: Readonly<Record<string, number | null>>;
  /** Names a change by this actor, at this time. */
  readonly changeBy: (actor: Actor, now: number) => Change;
}

export type Keys = ReturnType<typeof keyOperations>;

export function keyOperations(options: KeysOptions) {
  const { system, environments, store, memory, commit, idempotency, clock, randomBytes, newId, keysByPlan, changeBy } = options;
  const idOf = (presented: string): string | undefined => parseId(system.keyId, presented);
  const unknownKey = () => refuse("not_found", "There is no such key.");
  const current = (key: ApiKey) => withLastUse(memory, key);

  /** The settings of a new key, checked, and its environment. */
  function readNewKey(input: CreateKeyInput, now: number): Outcome<{ settings: KeyChanges; environment: Environment }> {
    const settings = readSettings(input, system, now);
    if (!settings.ok) return settings;
    const environment = input.environment ?? environments[0];
    if (environment === undefined || !environments.includes(environment))
      return invalid("environment", `environment must be ${environments.join(" or ")} here`);
    return ok({ settings: settings.value, environment });
  }

  return {
    /**
     * Checks the settings of a new key by the rules of `create`, and creates nothing. Refusal: `invalid_request` (names the field).
     * @example
     * const checked = kw.keys.check({ name: "Production", expiresIn: "90d" });
     */
    check: (input: CreateKeyInput): Outcome<unknown> => readNewKey(input, clock()),

    /**
     * Creates a key. The environment is the platform's first when absent. The result has the record and, in `shown`, the credential, which
     * cannot be read again. A request that repeats an `idempotencyKey` gets the record of the first one, without the credential.
     *
     * Refusals: `invalid_request` (names the field), `not_found`, `key_limit_reached`, `idempotency_mismatch`, `idempotency_in_progress`;
     * `invalid_credential` when the acting key is no longer active.
     * @example
     * const issued = await kw.keys.create(organizationId, { name: "Production", scopes: ["agents:read"], expiresIn: "90d" }, "operator");
     * if (issued.ok) console.log(issued.value.apiKey.id, issued.value.shown);
     */
    async create(organizationId: string, input: CreateKeyInput, actor: Actor): Promise<Outcome<IssuedKey>> {
      const now = clock();
      const read = readNewKey(input, now);
      if (!read.ok) return read;
      const { settings, environment } = read.value;
      const { idempotencyKey, ...asked } = input;
      return idempotency.once(organizationId, { key: idempotencyKey, operation: "create", input: asked }, async (repeatable) => {
        const generated = generateCredential(system.keyForm, environment, randomBytes);
        const key = newApiKey(options, organizationId, environment, settings, generated, now);
        const created = { key, ...digestAndSeal(options, generated, key.id), keysByPlan, idempotency: repeatable };
        const result = await commit(
          () => store.createKey(created, changeBy(actor, now)),
          () => [credentialIssued(key.publicKey ?? created.digest)],
        );
        return toIssuedKey(result, generated);
      });
    },

    /**
     * Changes the given settings and leaves the others. Refusals: `invalid_request` (names the field), `not_found`, and the refusals of
     * `refusedChange` of the engine, such as for a key that is revoked.
     * @example
     * await kw.keys.update(organizationId, keyId, { enabled: false }, "operator");
     */
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
      return ok(await current(result.key));
    },

    /**
     * Replaces the key by a successor with the same settings and the same rate-limit counters. The old key works until the overlap ends; a key
     * that it had replaced itself ends now. Refusals: as for `create`, and for a key that was rotated before or is not active.
     * @example
     * const issued = await kw.keys.rotate(organizationId, keyId, { overlap: "24h" }, "operator");
     */
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
          const successor = { ...succession, ...digestAndSeal(options, generated, successorId), idempotency: repeatable };
          const result = await commit(
            () => store.rotateKey(organizationId, id, successor, changeBy(actor, now)),
            (rotated) => [credentialIssued(publicKey ?? successor.digest), keyChanged(id), ...endedBy(rotated, organizationId)],
          );
          return toIssuedKey(result, generated);
        },
      );
    },

    /**
     * Revokes a key for good. Once this has resolved, the key is refused. Revoking it again changes nothing: `wasRevoked` is true.
     * Refusals: `not_found`; `invalid_credential` when the acting key is no longer active.
     * @example
     * await kw.keys.revoke(organizationId, keyId, "operator");
     */
    async revoke(organizationId: string, presentedId: string, actor: Actor): Promise<Outcome<{ apiKey: ApiKey; wasRevoked: boolean }>> {
      const id = idOf(presentedId);
      if (id === undefined) return unknownKey();
      const result = await commit(
        () => store.revokeKey(organizationId, id, changeBy(actor, clock())),
        () => [keyChanged(id)],
      );
      if (result.outcome === "actor_not_active") return actorNotActive();
      if (result.outcome === "not_found") return unknownKey();
      return ok({ apiKey: await current(result.key), wasRevoked: result.outcome === "already_revoked" });
    },
  };
}

/** A rotation also ends the keys before the one it replaces. If the store failed it is unknown which: all keys of the organization may be affected. */
function endedBy(result: RotateKeyResult | undefined, organizationId: string): StateChange[] {
  if (result === undefined) return [organizationChanged(organizationId)];
  return result.outcome === "rotated" ? result.ended.map(keyChanged) : [];
}
