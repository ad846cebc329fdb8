/** Keys that nobody owns yet, how they get an owner, and how a sealed key is shown again: where a platform has these. */
import type { ApiKey } from "../engine/api-key.ts";
import { type Outcome, ok, refuse } from "../engine/errors.ts";
import { parseId } from "../engine/id.ts";
import { fromSecret, type Generated, generateCredential, parseCredential, parseCustomKey, weakKey } from "../engine/key-form.ts";
import { credentialIssued, keyChanged } from "./changes/change.ts";
import { type IssuedKey, issued, kept, keyLimitReached, newApiKey } from "./issuing.ts";
import { readSettings } from "./key-settings.ts";
import { isEasyToGuess } from "./key-strength.ts";
import type { KeysOptions } from "./keys.ts";

export interface CreateUnclaimedInput {
  readonly name?: string | null | undefined;
  /** A secret that the caller brings; generated when absent or empty. */
  readonly key?: string | undefined;
}

export type Claims = ReturnType<typeof claimOperations>;

export function claimOperations(options: KeysOptions) {
  const { system, environments, store, secrets, verifier, commit, clock, randomBytes, keysByPlan, changeBy } = options;
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
    /** Makes a key that belongs to nobody. Whoever calls this must limit how often: no credential stands behind it. */
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
        ...kept(options, generated.value, apiKey.id),
        keysByPlan,
        idempotency: undefined,
      };
      const result = await commit(
        () => store.createKey(created, changeBy("anonymous", now)),
        () => [credentialIssued(apiKey.publicKey ?? created.digest)],
      );
      if (result.outcome === "digest_taken") return weakKey("key");
      return issued(result, generated.value);
    },

    /** Links an unclaimed key to an organization: it has that organization's plan from the answer on. */
    async claim(organizationId: string, presented: string, actor: string): Promise<Outcome<ApiKey>> {
      if (system.unclaimedPlan === null) return noClaims();
      const parsed = parseCredential(system.keyForm, presented);
      if (!parsed.wellFormed || parsed.secret === undefined) return notClaimable();
      const digest = secrets.digest(parsed.secret);
      const result = await commit(
        () => store.claimKey(organizationId, digest, keysByPlan, changeBy(actor, clock())),
        (claimed) => {
          const id = claimed !== undefined && "key" in claimed ? claimed.key.id : verifier.idInMemory(presented);
          return [credentialIssued(parsed.publicKey ?? digest), ...(id === undefined ? [] : [keyChanged(id)])];
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

    /** The key in plain text, for a platform that seals its keys. The audit log has it before it is answered. */
    async show(organizationId: string, presentedId: string, actor: string): Promise<Outcome<{ id: string; key: string }>> {
      const id = parseId(system.keyId, presentedId);
      const noSuchKey = () => refuse("not_found", "There is no such key to show.");
      if (id === undefined) return noSuchKey();
      const result = await store.showSealedKey(organizationId, id, changeBy(actor, clock()));
      return result.outcome === "shown" ? ok({ id, key: secrets.unseal(result.sealed, id) }) : noSuchKey();
    },
  };
}
