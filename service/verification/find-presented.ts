/** From a credential to the record that it proves. */
import type { Presented } from "../../engine/key-form.ts";
import type { FoundKey, KeyStore } from "../../stores/contract.ts";
import type { Secrets } from "../secrets.ts";

export interface Finding {
  readonly store: Pick<KeyStore, "findKeyByDigest" | "findKeyByPublicKey">;
  readonly secrets: Pick<Secrets, "digest" | "matches">;
}

export interface FoundPresented {
  readonly found: FoundKey;
  /** The public half was presented without its secret. */
  readonly isPublicAlone: boolean;
  /** The credential is that of the record. Where it is not, the record says nothing of who presented it. */
  readonly isProved: boolean;
}

/**
 * What the store has for a credential. One look-up and one HMAC where there is a secret, whether the key is known, unknown, or another
 * one's: who is told "not valid" learns nothing from the time. With `organizationId` the keys of all others are nobody's too.
 */
export async function findPresented(
  { store, secrets }: Finding,
  credential: Extract<Presented, { wellFormed: true }>,
  organizationId?: string,
): Promise<FoundPresented> {
  if (credential.publicKey === undefined) {
    const found = await store.findKeyByDigest(secrets.digest(credential.secret), organizationId);
    return { found, isPublicAlone: false, isProved: found.isNobodys === undefined };
  }
  const found = await store.findKeyByPublicKey(credential.publicKey, organizationId);
  const isPublicAlone = credential.secret === undefined;
  const matches = credential.secret === undefined || secrets.matches(found.digest, credential.secret);
  return { found, isPublicAlone, isProved: matches && found.isNobodys === undefined };
}
