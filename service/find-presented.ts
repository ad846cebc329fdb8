/** From a credential to the record that it proves. */
import type { Presented } from "../engine/key-form.ts";
import type { FoundKey, KeyStore } from "../stores/contract.ts";
import type { Secrets } from "./secrets.ts";

export interface Finding {
  readonly store: Pick<KeyStore, "findKeyByDigest" | "findKeyByPublicKey">;
  readonly secrets: Pick<Secrets, "digest" | "matches">;
}

export interface FoundPresented {
  readonly found: FoundKey;
  /** The public half was presented without its secret. */
  readonly isPublicAlone: boolean;
}

/**
 * What the store has for a credential; undefined when it is nobody's, or its secret is wrong. With `organizationId` the keys of all others
 * are nobody's too, and finding that out takes the same steps.
 */
export async function findPresented(
  { store, secrets }: Finding,
  credential: Extract<Presented, { wellFormed: true }>,
  organizationId?: string,
): Promise<FoundPresented | undefined> {
  if (credential.publicKey === undefined) {
    const found = await store.findKeyByDigest(secrets.digest(credential.secret), organizationId);
    return found && { found, isPublicAlone: false };
  }
  const found = await store.findKeyByPublicKey(credential.publicKey, organizationId);
  if (credential.secret === undefined) return found && { found, isPublicAlone: true };
  // Compared even when there is nothing to compare with: an unknown public key takes as long as a wrong secret.
  const matches = secrets.matches(found?.digest ?? "", credential.secret);
  return found !== undefined && matches ? { found, isPublicAlone: false } : undefined;
}
