/**
 * What the service of a process with several threads needs of the others (docs/decisions/0028). One thread, the main one, makes all changes,
 * saves the counters and keeps what is rare; the others verify.
 */
import type { StateChange } from "../engine/state-change.ts";
import type { KeyMemory } from "./key-memory.ts";
import type { SharedBuffer } from "./limiting/shared/memory.ts";

export interface OtherThreads extends KeyMemory {
  /** Applies a change in the other threads. When it returns, no request that begins later is judged by what the change made out of date. */
  tell(change: StateChange): void;
  /** Writes the usage that the other threads noted before the call. */
  flush(): Promise<void>;
}

/** The place of a service in such a process. */
export interface ThreadPlace {
  /** Where all threads count requests against limits. */
  readonly counters: SharedBuffer;
  /** Undefined in a thread that is not the main one: it makes no changes, and saves no counters. */
  readonly others: OtherThreads | undefined;
  /** Ends the process: another thread has died while it counted, and nothing can be counted any more. */
  readonly onDead: () => never;
}
