/** What an application learns about the key of a request. `whoami` and the adapters use the same names. */
import type { Environment } from "../engine/api-key.ts";
import { formatTimestamp } from "../engine/timestamp.ts";
import type { PresentedKey } from "../service/index.ts";

export interface KeyIdentity {
  readonly keyId: string;
  /** Null for a key that nobody has claimed. */
  readonly organizationId: string | null;
  readonly environment: Environment;
  readonly scopes: readonly string[];
  /** The resources that the key is restricted to; null for no restriction. */
  readonly resources: readonly string[] | null;
  /** ISO 8601 in UTC; null for a key that does not expire. */
  readonly expiresAt: string | null;
}

/** A frozen copy: an application cannot change what verification keeps in memory. */
export function keyIdentity({ id, organizationId, environment, scopes, resources, expiresAt }: PresentedKey): KeyIdentity {
  return Object.freeze({
    keyId: id,
    organizationId,
    environment,
    scopes: Object.freeze([...scopes]),
    resources: resources === null ? null : Object.freeze([...resources]),
    expiresAt: formatTimestamp(expiresAt),
  });
}
