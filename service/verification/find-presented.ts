/** From a credential to the record that it proves. */
import type { Presented } from "../../engine/credential-form.ts";
import type { KeyStore, VerificationRecord } from "../../stores/contract.ts";
import { matches, type Secrets } from "../secrets.ts";

interface Finding {
  readonly store: Pick<KeyStore, "findKeyByDigest" | "findKeyByPublicKey">;
  readonly secrets: Pick<Secrets, "digests">;
}

/**
 * What a credential proves. `isPublicAlone`: the public half was presented without its secret. A credential that proves nothing comes with
 * a record too, for the sake of equal work (docs/decisions/0014): that record says nothing about who presented the credential.
 */
export type FoundPresented = {
  /** What the store looked for: the digests of the secret, or the public key of a pair. */
  readonly lookups: readonly string[];
  readonly isPublicAlone: boolean;
} /** `digest`: under the current master secret; undefined for a public key alone. The record may have another: see `SecretMover`. */ & (
  | { readonly outcome: "proved"; readonly record: VerificationRecord; readonly digest: string | undefined }
  | { readonly outcome: "not_proved"; readonly decoy: VerificationRecord }
);

export type WellFormed = Extract<Presented, { wellFormed: true }>;

/**
 * Looks a credential up. It takes one look-up, and if there is a secret one HMAC for each master secret, whether the key exists or not and
 * whichever it was made under: the time of a refusal reveals nothing. With `organizationId`, keys of other organizations are treated as if they did not exist.
 */
export async function findPresented({ store, secrets }: Finding, credential: WellFormed, organizationId?: string): Promise<FoundPresented> {
  const digests = credential.secret === undefined ? [] : secrets.digests(credential.secret);
  const [digest] = digests;
  const isPublicAlone = digest === undefined;
  if (credential.publicKey === undefined) {
    const found = await store.findKeyByDigest(digests, organizationId);
    return found.outcome === "found"
      ? { outcome: "proved", record: found, lookups: digests, digest, isPublicAlone }
      : { outcome: "not_proved", decoy: found.decoy, lookups: digests, isPublicAlone };
  }
  const lookups = [credential.publicKey];
  const found = await store.findKeyByPublicKey(credential.publicKey, organizationId);
  const record = found.outcome === "found" ? found : found.decoy;
  const isProved = isPublicAlone || matches(record.digest, digests);
  return isProved && found.outcome === "found"
    ? { outcome: "proved", record, lookups, digest, isPublicAlone }
    : { outcome: "not_proved", decoy: record, lookups, isPublicAlone };
}
