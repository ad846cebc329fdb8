/** A secret that is shown once: one string, or the two halves of a key pair. */
export type Secret =
  | { readonly kind: "secret"; readonly key: string }
  | { readonly kind: "pair"; readonly publicKey: string; readonly secretKey: string };

/** The credential that a request presents. */
export function credentialOf(secret: Secret): string {
  return secret.kind === "pair" ? `${secret.publicKey}:${secret.secretKey}` : secret.key;
}

/** The secret in a response; undefined in the repetition of a response that was lost. */
export function secretOf(issued: {
  readonly key?: string | undefined;
  readonly publicKey?: string | null | undefined;
  readonly secretKey?: string | undefined;
}): Secret | undefined {
  const { key, publicKey, secretKey } = issued;
  if (key !== undefined) return { kind: "secret", key };
  if (secretKey === undefined || publicKey === undefined || publicKey === null) return undefined;
  return { kind: "pair", publicKey, secretKey };
}
