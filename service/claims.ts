/** Unclaimed keys, claiming them, and showing a sealed key again, on platforms that have these. */
import type { ApiKey } from "../engine/api-key.ts";
import { fromSecret, type Generated, generateCredential, parseCredential, parseCustomKey, weakKey } from "../engine/credential-form.ts";
import { type Outcome, ok, refuse } from "../engine/errors.ts";
import { parseId } from "../engine/id.ts";
import { credentialIssued, keyChanged } from "../engine/state-change.ts";
import { digestAndSeal, type IssuedKey, keyLimitReached, newApiKey, toIssuedKey } from "./issuing.ts";
import { readSettings } from "./key-settings.ts";
import { isEasyToGuess } from "./key-strength.ts";
import type { KeysOptions } from "./keys.ts";

export interface CreateUnclaimedInput {
  readonly name?: string | null | undefined;
  /** A secret that the caller chose; generated when absent or empty. */
  readonly key?: string | undefined;
}

export type Claims = ReturnType<typeof claimOperations>;

export function claimOperations(options: KeysOptions) {
  const { system, environments, store, secrets, memory, commit, clock, randomBytes, keysByPlan, changeBy } = options;
  const noClaims = () => refuse("not_found", "This platform has no unclaimed keys.");
  const notClaimable = () => refuse("not_claimable", "This key cannot be linked.");

  async function credential(key: string | undefined): Promise<Outcome<Generated>> {
    if (key === undefined || key === "") return ok(generateCredential(system.keyForm, environments[0] ?? "live", randomBytes));
    if (system.keyForm.kind === "pair") return refuse("not_found", "Keys of this platform cannot be chosen.");
    const custom = parseCustomKey(system.keyForm, key, "key");
    if (!custom.ok) return custom;
    return (await isEasyToGuess(custom.value)) ? weakKey("key") : ok(fromSecret(custom.value));
  }

  return {
    /**
     * Creates a key that belongs to no organization. It requires no credential: the caller must limit how often it is called.
     * Refusals: `not_found` on a platform without unclaimed keys; `invalid_request` (names the field), also for a secret that could be guessed.
     * @example
     * const issued = await kw.keys.createUnclaimed({ name: "my-agent" });
     */
    async createUnclaimed({ name, key }: CreateUnclaimedInput): Promise<Outcome<IssuedKey>> {
      if (system.unclaimedPlan === null) return noClaims();
      const now = clock();
      const settings = readSettings({ name }, system, now);
      if (!settings.ok) return settings;
      const generated = await credential(key);
      if (!generated.ok) return generated;
      const apiKey = newApiKey(options, null, environments[0] ?? "live", settings.value, generated.value, now);
      const created = {
        key: apiKey,
        ...digestAndSeal(options, generated.value, apiKey.id),
        keysByPlan,
        idempotency: undefined,
      };
      const result = await commit(
        () => store.createKey(created, changeBy("anonymous", now)),
        () => [credentialIssued(apiKey.publicKey ?? created.digest)],
      );
      if (result.outcome === "digest_taken") return weakKey("key");
      return toIssuedKey(result, generated.value);
    },

    /**
     * Gives an unclaimed key to an organization, whose plan holds for it once this has resolved. Refusals: `not_claimable`, `already_claimed`
     * by this organization, `key_limit_reached`; `not_found` on a platform without unclaimed keys.
     * @example
     * const claimed = await kw.keys.claim(organizationId, presented, "usr_01jd0000000000000000000000");
     */
    async claim(organizationId: string, presented: string, actor: string): Promise<Outcome<ApiKey>> {
      if (system.unclaimedPlan === null) return noClaims();
      const parsed = parseCredential(system.keyForm, presented);
      if (!parsed.wellFormed || parsed.secret === undefined) return notClaimable();
      const digests = secrets.digests(parsed.secret);
      const result = await commit(
        () => store.claimKey(organizationId, digests, keysByPlan, changeBy(actor, clock())),
        async (claimed) => {
          const id = claimed !== undefined && "key" in claimed ? claimed.key.id : await memory.idInMemory(presented);
          const lookups = parsed.publicKey === undefined ? digests : [parsed.publicKey];
          return [...lookups.map(credentialIssued), ...(id === undefined ? [] : [keyChanged(id)])];
        },
      );
      switch (result.outcome) {
        case "claimed":
          return ok(result.key);
        case "already_claimed":
          return refuse("already_claimed", "This key is linked to your organization already.");
        case "key_limit_reached":
          return keyLimitReached(result.allowed);
        case "not_claimable":
          return notClaimable();
      }
    },

    /** The key in plain text, on a platform that seals its keys. The audit log records it first. Refusal: `not_found`. */
    async show(organizationId: string, presentedId: string, actor: string): Promise<Outcome<{ id: string; key: string }>> {
      const id = parseId(system.keyId, presentedId);
      const noSuchKey = () => refuse("not_found", "There is no such key to show.");
      if (id === undefined) return noSuchKey();
      const result = await store.showSealedKey(organizationId, id, changeBy(actor, clock()));
      return result.outcome === "shown" ? ok({ id, key: secrets.unseal(result.sealed, id) }) : noSuchKey();
    },
  };
}
