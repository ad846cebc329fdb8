/** Issuing: a fresh credential and its record, and what becomes of it in the store. */
import { type ApiKey, type Environment, NO_LIMITS } from "../engine/api-key.ts";
import { type Outcome, ok, refuse } from "../engine/errors.ts";
import type { NewId } from "../engine/id.ts";
import type { KeyChanges } from "../engine/key-changes.ts";
import type { Generated } from "../engine/key-form.ts";
import type { KeySystem } from "../engine/key-system.ts";
import type { CreateKeyResult, NewKey, RotateKeyResult } from "../stores/contract.ts";
import type { Secrets } from "./secrets.ts";

/** The record, and the credential in the words of its platform: `{ key }` or `{ publicKey, secretKey }`. Undefined when it was shown before. */
export interface IssuedKey {
  readonly apiKey: ApiKey;
  readonly shown: Generated["shown"] | undefined;
  /** Ids of earlier keys that a rotation has ended at once; absent when there were none. */
  readonly ended?: readonly string[];
}

export interface Issuing {
  readonly system: KeySystem;
  readonly secrets: Secrets;
  readonly newId: NewId;
}

/** The record of a new key. With no scopes given it has those that there are today, spelled out. */
export function newApiKey(
  { system, newId }: Issuing,
  organizationId: string | null,
  environment: Environment,
  settings: KeyChanges,
  generated: Generated,
  now: number,
): ApiKey {
  const id = newId(system.keyId, now);
  return {
    id,
    organizationId,
    name: null,
    environment,
    prefix: system.prefixOf(generated.presented),
    publicKey: generated.publicKey,
    domains: [],
    resources: null,
    scopes: system.scopes ?? [],
    enabled: true,
    expiresAt: null,
    ...settings,
    limits: { ...NO_LIMITS, ...settings.limits },
    createdAt: now,
    updatedAt: now,
    revokedAt: null,
    lastUsedAt: null,
    counterId: id,
    predecessorId: null,
    successorId: null,
  };
}

/** What the store keeps of a credential: its digest, and where the platform wants it, the key encrypted. */
export function kept({ system, secrets }: Issuing, generated: Generated, id: string): Pick<NewKey, "digest" | "sealed"> {
  return { digest: secrets.digest(generated.secret), sealed: system.sealsKeys ? secrets.seal(generated.presented, id) : undefined };
}

/** What the caller hears of a creation or rotation. */
export function issued(result: CreateKeyResult | RotateKeyResult, { shown }: Generated): Outcome<IssuedKey> {
  switch (result.outcome) {
    case "created":
      return ok({ apiKey: result.key, shown });
    case "rotated":
      return ok({ apiKey: result.key, shown, ...(result.ended.length > 0 && { ended: result.ended }) });
    case "repeated":
      return ok({ apiKey: result.key, shown: undefined });
    case "idempotency_mismatch":
      return refuse("idempotency_mismatch", "This Idempotency-Key was used for a request with other content.");
    case "key_limit_reached":
      return keyLimitReached(result.allowed);
    case "actor_not_active":
      return actorNotActive();
    case "no_organization":
      return refuse("not_found", "There is no such organization.");
    case "not_found":
      return refuse("not_found", "There is no such key.");
    case "refused":
      return { ok: false, problem: result.problem };
    case "digest_taken":
      // So many random bits met twice: the generator is broken, and no key of it may be given out.
      throw new Error("the random source has repeated itself");
  }
}

/** The key that asks was revoked, disabled or expired since it was verified. */
export function actorNotActive() {
  return refuse("invalid_credential", "The API key is not valid.");
}

export function keyLimitReached(allowed: number) {
  return refuse("key_limit_reached", `The organization has as many active keys as its plan allows: ${allowed}.`);
}
