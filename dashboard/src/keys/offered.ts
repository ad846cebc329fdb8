/** Which actions a key offers: those that the platform has and the server would not refuse for this key. */
import type { ApiKey, PlatformDescription } from "@keyward/sdk";

interface Offered {
  readonly toggle: boolean;
  readonly edit: boolean;
  readonly show: boolean;
  /** Also for a key that has a successor: its dialog then says so. */
  readonly rotate: boolean;
  readonly revoke: boolean;
}

/** A revoked or expired key cannot be changed any more, disabled or not. */
export function isOver({ refusedFor }: Pick<ApiKey, "refusedFor">): boolean {
  return refusedFor.includes("revoked") || refusedFor.includes("expired");
}

/** Being disabled takes no action away. */
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
