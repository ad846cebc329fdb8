/** Issuing: the record of a new key, what is stored of its credential, and the outcome for the caller. */
import { type ApiKey, type Environment, NO_LIMITS } from "../engine/api-key.ts";
import type { Generated } from "../engine/credential-form.ts";
import { type Outcome, ok, refuse } from "../engine/errors.ts";
import type { NewId } from "../engine/id.ts";
import type { KeyChanges } from "../engine/key-changes.ts";
import type { KeySystem } from "../engine/key-system.ts";
import type { CreateKeyResult, NewKey, RotateKeyResult } from "../stores/contract.ts";
import type { Secrets } from "./secrets.ts";

/** The record, and in `shown` the credential in the form of its platform: `{ key }` or `{ publicKey, secretKey }`. `shown` is undefined when it was shown before. */
export interface IssuedKey {
  readonly apiKey: ApiKey;
  readonly shown: Generated["shown"] | undefined;
  /** Ids of earlier keys that a rotation ended at once; absent when there were none. */
  readonly ended?: readonly string[];
}

interface Issuing {
  readonly system: KeySystem;
  readonly secrets: Secrets;
  readonly newId: NewId;
}

/** The record of a new key. Without scopes in its settings it gets every scope that the platform has today. */
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

/** What the store keeps of a credential: its digest, and on platforms that seal keys the encrypted key. */
export function digestAndSeal(
  { system, secrets }: Issuing,
  generated: Generated,
  id: string,
): Pick<NewKey, "digest" | "formerDigests" | "sealed"> {
  const [digest = "", ...formerDigests] = secrets.digests(generated.secret);
  return { digest, formerDigests, sealed: system.sealsKeys ? secrets.seal(generated.presented, id) : undefined };
}

/** The outcome of a creation or rotation for the caller. */
export function toIssuedKey(result: CreateKeyResult | RotateKeyResult, { shown }: Generated): Outcome<IssuedKey> {
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
      // The same random bits twice: the generator is broken, and none of its keys may be given out.
      throw new Error("the random source has repeated itself");
  }
}

/** The acting key was revoked, disabled or expired since it was verified. */
export function actorNotActive() {
  return refuse("invalid_credential", "The API key is not valid.");
}

export function keyLimitReached(allowed: number) {
  return refuse("key_limit_reached", `The organization has as many active keys as its plan allows: ${allowed}.`);
}
