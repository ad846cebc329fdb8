/** From a credential to the record that it proves. */
import type { Presented } from "../../engine/credential-form.ts";
import type { KeyStore, VerificationRecord } from "../../stores/contract.ts";
import type { Secrets } from "../secrets.ts";

interface Finding {
  readonly store: Pick<KeyStore, "findKeyByDigest" | "findKeyByPublicKey">;
  readonly secrets: Pick<Secrets, "digest" | "matches">;
}

/**
 * What a credential proves. `isPublicAlone`: the public half was presented without its secret. A credential that proves nothing comes with
 * a record too, for the sake of equal work (docs/decisions/0014): that record says nothing about who presented the credential.
 */
export type FoundPresented = {
  /** What the store looked for: the digest of the secret, or the public key of a pair. */
  readonly lookup: string;
  readonly isPublicAlone: boolean;
} & (
  | { readonly outcome: "proved"; readonly record: VerificationRecord }
  | { readonly outcome: "not_proved"; readonly decoy: VerificationRecord }
);

export type WellFormed = Extract<Presented, { wellFormed: true }>;

/**
 * Looks a credential up. It takes one look-up, and one HMAC if there is a secret, whether the key exists or not: the time of a refusal reveals
 * nothing. With `organizationId`, keys of other organizations are treated as if they did not exist.
 */
export async function findPresented({ store, secrets }: Finding, credential: WellFormed, organizationId?: string): Promise<FoundPresented> {
  if (credential.publicKey === undefined) {
    const lookup = secrets.digest(credential.secret);
    const found = await store.findKeyByDigest(lookup, organizationId);
    return found.outcome === "found"
      ? { outcome: "proved", record: found, lookup, isPublicAlone: false }
      : { outcome: "not_proved", decoy: found.decoy, lookup, isPublicAlone: false };
  }
  const lookup = credential.publicKey;
  const found = await store.findKeyByPublicKey(lookup, organizationId);
  const isPublicAlone = credential.secret === undefined;
  const record = found.outcome === "found" ? found : found.decoy;
  const matches = credential.secret === undefined || secrets.matches(record.digest, credential.secret);
  return matches && found.outcome === "found"
    ? { outcome: "proved", record, lookup, isPublicAlone }
    : { outcome: "not_proved", decoy: record, lookup, isPublicAlone };
}
