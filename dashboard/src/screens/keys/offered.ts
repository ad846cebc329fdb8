/** What can be done with a key: what the platform offers, and the server does not refuse to a key like this. */
import type { ApiKey, PlatformDescription } from "@keyward/sdk";

export interface Offered {
  readonly toggle: boolean;
  readonly edit: boolean;
  readonly show: boolean;
  /** Also for a key that has a successor: then its dialog tells of that. */
  readonly rotate: boolean;
  readonly revoke: boolean;
}

/** A revoked or expired key is never changed again; a disabled one is a key like any other. */
export function offeredFor({ status }: Pick<ApiKey, "status">, { dashboard: { actions }, sealsKeys }: OfPlatform): Offered {
  const isOver = status === "revoked" || status === "expired";
  return {
    toggle: actions.includes("toggle") && !isOver,
    edit: !isOver,
    show: sealsKeys && !isOver,
    rotate: actions.includes("rotate") && !isOver,
    revoke: actions.includes("revoke") && status !== "revoked",
  };
}

type OfPlatform = Pick<PlatformDescription, "sealsKeys"> & { readonly dashboard: Pick<PlatformDescription["dashboard"], "actions"> };
