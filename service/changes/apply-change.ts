/** The only place that evicts from the credential caches. */
import { publicCacheName } from "../verification/cached-key.ts";
import type { ChangeKind, StateChange } from "./change.ts";

/** What a credential cache can drop. */
interface Evictable {
  drop(name: string): void;
  dropDependents(id: string): void;
  dropUnknown(lookup: string): void;
}

/** Drops from memory what a change has made out of date. When it returns, the next request reads the new state from the store. */
export type ApplyChange = (change: StateChange) => void;

export function changeApplier({ keys, serviceTokens }: { readonly keys: Evictable; readonly serviceTokens: Evictable }): ApplyChange {
  const apply: Readonly<Record<ChangeKind, (subject: string) => void>> = {
    key(id) {
      keys.drop(id);
      keys.drop(publicCacheName(id));
    },
    organization: (id) => keys.dropDependents(id),
    credential(lookup) {
      keys.dropUnknown(lookup);
      serviceTokens.dropUnknown(lookup);
    },
    service_token: (id) => serviceTokens.drop(id),
  };
  return ({ kind, subject }) => apply[kind](subject);
}
