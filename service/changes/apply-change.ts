/** The only place that evicts from the credential caches, and that tells open connections of a change. */

import type { StateChange, StateChangeKind } from "../../engine/state-change.ts";
import { publicCacheName } from "../verification/cached-key.ts";

/** What a credential cache can drop. */
interface Evictable {
  clear(): void;
  drop(name: string): void;
  dropDependents(id: string): void;
  dropUnknown(lookup: string): void;
}

/** What holds connections open that a change may end. */
interface Watching {
  anythingChanged(): void;
  keyChanged(id: string): void;
  organizationChanged(id: string): void;
}

/** Drops from memory what a change has made out of date. When it returns, the next request reads the new state from the store; connections that are open end soon after. */
export type ApplyChange = (change: StateChange) => void;

interface Parts {
  readonly keys: Evictable;
  readonly serviceTokens: Evictable;
  readonly watches: Watching;
}

export function changeApplier({ keys, serviceTokens, watches }: Parts): ApplyChange {
  const apply: Readonly<Record<StateChangeKind, (subject: string) => void>> = {
    key(id) {
      keys.drop(id);
      keys.drop(publicCacheName(id));
      watches.keyChanged(id);
    },
    organization(id) {
      keys.dropDependents(id);
      watches.organizationChanged(id);
    },
    credential(lookup) {
      keys.dropUnknown(lookup);
      serviceTokens.dropUnknown(lookup);
    },
    service_token: (id) => serviceTokens.drop(id),
    everything() {
      keys.clear();
      serviceTokens.clear();
      watches.anythingChanged();
    },
  };
  return ({ kind, subject }) => apply[kind](subject);
}
