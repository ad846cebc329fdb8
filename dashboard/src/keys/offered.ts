/** What can be done with a key: what the platform offers, and the server does not refuse to a key like this. */
import type { ApiKey, PlatformDescription } from "@keyward/sdk";

interface Offered {
  readonly toggle: boolean;
  readonly edit: boolean;
  readonly show: boolean;
  /** Also for a key that has a successor: then its dialog tells of that. */
  readonly rotate: boolean;
  readonly revoke: boolean;
}

/** A revoked or expired key is never changed again, disabled or not. */
export function isOver({ refusedFor }: Pick<ApiKey, "refusedFor">): boolean {
  return refusedFor.includes("revoked") || refusedFor.includes("expired");
}

/** A disabled key is a key like any other. */
export function offeredFor(key: Pick<ApiKey, "refusedFor">, { dashboard: { actions }, sealsKeys }: OfPlatform): Offered {
  const changes = !isOver(key);
  return {
    toggle: actions.includes("toggle") && changes,
    edit: changes,
    show: sealsKeys && changes,
    rotate: actions.includes("rotate") && changes,
    revoke: actions.includes("revoke") && !key.refusedFor.includes("revoked"),
  };
}

type OfPlatform = Pick<PlatformDescription, "sealsKeys"> & { readonly dashboard: Pick<PlatformDescription["dashboard"], "actions"> };
