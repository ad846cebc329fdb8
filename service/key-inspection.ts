/** Inspects keys as verification would, without counting anything: where their limits stand, and what the verdict on a credential would be. */
import type { ApiKey, Environment } from "../engine/api-key.ts";
import { longestCredential, parseCredential } from "../engine/credential-form.ts";
import { type Outcome, ok, refuse } from "../engine/errors.ts";
import { parseId } from "../engine/id.ts";
import { type Ask, type Refusal, reasonsAgainst } from "../engine/judge.ts";
import { parseKey } from "../engine/key-format.ts";
import type { KeySystem } from "../engine/key-system.ts";
import { effectiveLimits, type LimitSource, limitSource, type RateLimit } from "../engine/limits.ts";
import type { KeyStore, OrganizationStore, UseStore, VerificationRecord } from "../stores/contract.ts";
import type { Clocks } from "./clocks.ts";
import type { Limiter } from "./limiting/limiter.ts";
import { planNamed } from "./plans.ts";
import type { Secrets } from "./secrets.ts";
import { findPresented } from "./verification/find-presented.ts";

interface KeyLimit extends RateLimit {
  /** Whether the plan, the organization or the key decides it. */
  readonly from: LimitSource;
}

interface TestedCredential {
  readonly valid: boolean;
  readonly code: "valid" | Refusal;
  /** Every reason to refuse it, in order of precedence: `code` is the first. */
  readonly refusedFor: readonly Refusal[];
  /** Whether the credential is that of the inspected key. */
  readonly isThisKey: boolean;
  readonly rateLimits: readonly RateLimit[];
}

interface InspectionOptions {
  readonly system: KeySystem;
  readonly environments: readonly Environment[];
  readonly store: Pick<KeyStore, "findKey" | "findKeyByDigest" | "findKeyByPublicKey"> &
    Pick<OrganizationStore, "findOrganization"> &
    Pick<UseStore, "findCounter">;
  readonly secrets: Secrets;
  readonly limiter: Pick<Limiter, "standingOf">;
  readonly clocks: Clocks;
}

export type Inspection = ReturnType<typeof inspectionOperations>;

export function inspectionOperations({ system, environments, store, secrets, limiter, clocks }: InspectionOptions) {
  async function find(organizationId: string, presentedId: string): Promise<Outcome<ApiKey>> {
    const id = parseId(system.keyId, presentedId);
    const key = id === undefined ? undefined : await store.findKey(organizationId, id);
    return key === undefined ? refuse("not_found", "There is no such key.") : ok(key);
  }

  /** Where each limit of the key stands. */
  async function standing(key: ApiKey, organization: VerificationRecord["organization"]): Promise<KeyLimit[]> {
    const granted = { plan: planNamed(system, organization?.plan), overrides: organization?.overrides ?? {}, ofKey: key.limits };
    const limits = effectiveLimits(granted.plan, granted.overrides, granted.ofKey);
    return (await limiter.standingOf(key.counterId, limits)).map((limit) => ({ ...limit, from: limitSource(limit.name, granted) }));
  }

  async function judgeOwn(organizationId: string, keyId: string, presented: string, ask: Ask): Promise<TestedCredential> {
    const refused = (code: Refusal): TestedCredential => ({ valid: false, code, refusedFor: [code], isThisKey: false, rateLimits: [] });
    if (presented.length > longestCredential(system.keyForm)) return refused("malformed");
    const credential = parseCredential(system.keyForm, presented);
    if (!credential.wellFormed) return refused("malformed");
    if (!environments.includes(credential.environment)) return refused("wrong_environment");
    const presentedKey = await findPresented({ store, secrets }, credential, organizationId);
    if (presentedKey.outcome !== "proved") return refused("not_found");
    const { key, organization } = presentedKey.record;
    const limits = (await standing(key, organization)).map(({ from: _from, ...limit }) => limit);
    const judged = { ...key, requiredOrigin: presentedKey.isPublicAlone ? key.domains : null };
    const against = reasonsAgainst(judged, ask, environments, clocks.wall());
    const refusedFor: Refusal[] = limits.some(({ remaining }) => remaining === 0) ? [...against, "rate_limited"] : against;
    return {
      valid: refusedFor.length === 0,
      code: refusedFor[0] ?? "valid",
      refusedFor,
      isThisKey: key.id === keyId,
      rateLimits: limits,
    };
  }

  /** Accepts a secret, a pair or a public key, and the secret half of a pair alone. */
  async function findByCredential(organizationId: string, presented: string): Promise<ApiKey | undefined> {
    if (presented.length > longestCredential(system.keyForm)) return undefined;
    const { keyForm } = system;
    if (keyForm.kind === "pair" && parseKey(keyForm.secretKey, presented).wellFormed) {
      const found = await store.findKeyByDigest(secrets.digests(presented), organizationId);
      return found.outcome === "found" ? found.key : undefined;
    }
    const credential = parseCredential(keyForm, presented);
    if (!credential.wellFormed) return undefined;
    const found = await findPresented({ store, secrets }, credential, organizationId);
    return found.outcome === "proved" ? found.record.key : undefined;
  }

  return {
    /**
     * The key of the organization that has this credential, whatever its status. Counts nothing. Credentials of other organizations take the
     * same work, and get the same refusal, as unknown ones: `not_found`.
     * @example
     * const found = await kw.keys.findByCredential(organizationId, presented);
     * if (found.ok) await kw.keys.revoke(organizationId, found.value.id, "operator");
     */
    async findByCredential(organizationId: string, presented: string): Promise<Outcome<ApiKey>> {
      const key = await findByCredential(organizationId, presented);
      return key === undefined ? refuse("not_found", "This is not a key of the organization.") : ok(key);
    },

    /**
     * The state of the limits of a key, including usage that is still in memory. Refusal: `not_found`.
     * @example
     * const limits = await kw.keys.limits(organizationId, keyId);
     * if (limits.ok) for (const { name, remaining, resetSeconds } of limits.value) console.log(name, remaining, resetSeconds);
     */
    async limits(organizationId: string, presentedId: string): Promise<Outcome<readonly KeyLimit[]>> {
      const key = await find(organizationId, presentedId);
      return key.ok ? ok(await standing(key.value, await store.findOrganization(organizationId))) : key;
    },

    /**
     * The verdict that a request with this credential would get now. Counts and changes nothing, not even in memory. Credentials of other
     * organizations take the same work, and get the same result, as unknown ones. Refusal: `not_found` for the inspected key.
     */
    async test(organizationId: string, presentedId: string, presented: string, ask: Ask): Promise<Outcome<TestedCredential>> {
      const key = await find(organizationId, presentedId);
      return key.ok ? ok(await judgeOwn(organizationId, key.value.id, presented, ask)) : key;
    },
  };
}
