/** The part of the store contract that concerns the change of the master secret. */

/** A credential whose digest is to be another: the same credential under the current master secret. */
export interface DigestMove {
  readonly kind: "key" | "service_token";
  readonly from: string;
  readonly to: string;
}

export interface SealedKey {
  readonly id: string;
  readonly sealed: string;
}

/** A sealed key that is to be sealed under the current master secret. */
export interface Resealing {
  readonly id: string;
  readonly from: string;
  readonly to: string;
}

/** What there is under one master secret and still of use. */
export interface SecretUse {
  /** Keys that are neither revoked nor expired. */
  readonly keys: number;
  /** Service tokens that are not revoked. */
  readonly serviceTokens: number;
  /** Invitations that can be accepted now. */
  readonly invitations: number;
  /** Sealed keys that are not revoked, which could not be shown without it. */
  readonly sealedKeys: number;
}

/** A key that cannot be verified without an earlier master secret. */
export interface KeyUnderSecret {
  readonly id: string;
  readonly organizationId: string | null;
  readonly name: string | null;
  readonly lastUsedAt: number | null;
}

/**
 * Digests and sealed keys begin with the number of their master secret and a colon. Moving one to another secret changes nothing that
 * anybody can see, so it leaves no row in the audit log or the change feed.
 */
export interface SecretStore {
  /** Replaces a value that `settle` has stored, if it is still `from`. Resolves to the stored value, which is another if somebody was faster. */
  resettle(name: string, from: string, to: string): Promise<string>;
  /**
   * Gives credentials their new digests. One that has no longer the old digest is left as it is, and so are all unless the value of the fact
   * `secret` still begins with this number: nodes that are being restarted must not move keys back and forth.
   */
  moveDigests(secretId: number, moves: readonly DigestMove[]): Promise<void>;
  /** Sealed keys that are not under this secret, in order of their ids, after this id. Revoked ones are never shown, and not among them. */
  listSealed(secretId: number, after: string, limit: number): Promise<readonly SealedKey[]>;
  /** Replaces sealed keys by the same keys, sealed under another secret. One that has changed since is left as it is. */
  reseal(resealings: readonly Resealing[]): Promise<void>;
  /** Counts what there is under a secret. */
  countUnder(secretId: number, now: number): Promise<SecretUse>;
  /** The first keys under a secret that are neither revoked nor expired, oldest first. */
  listUnder(secretId: number, now: number, limit: number): Promise<readonly KeyUnderSecret[]>;
}
