/** What an application learns about the key of a request. `whoami` and the adapters use the same names. */
import { formatTimestamp } from "../engine/timestamp.ts";
import type { PresentedKey } from "../service/index.ts";
import type { KeyIdentity } from "./port.ts";

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
