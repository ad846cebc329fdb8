/**
 * What the service of a process with several threads needs of the others (docs/decisions/0028). One thread, the main one, makes all changes,
 * saves the counters and keeps what is rare; the others verify.
 */
import type { StateChange } from "../engine/state-change.ts";
import type { KeyMemory } from "./key-memory.ts";
import type { BankDesk } from "./limiting/shared/borrowing-limiter.ts";
import type { SharedBuffer } from "./limiting/shared/memory.ts";

export interface OtherThreads extends KeyMemory {
  /** Applies a change in the other threads. When it returns, no request that begins later is judged by what the change made out of date. */
  tell(change: StateChange): void;
  /** Writes the usage that the other threads noted before the call. */
  flush(): Promise<void>;
  /** What the other threads admit after this goes into new files of their journals. Call it before the counters are saved. */
  turnJournals(): Promise<void>;
  /** The store has what was admitted before they were turned. */
  discardJournals(): Promise<void>;
  /** Their verifications since the start, as of about a second ago. */
  verifications(): number;
}

/** The place of a service in such a process. */
export interface ThreadPlace {
  /** Where all threads count requests against limits. */
  readonly counters: SharedBuffer;
  /** Undefined in a thread that is not the main one: it makes no changes, and saves no counters. */
  readonly others: OtherThreads | undefined;
  /** Where the lease of a node is, which the main thread renews. */
  readonly lease: SharedArrayBuffer;
  /** In a thread that is not the main one, where the process is a node among several: by what the main thread borrows. */
  readonly desk?: BankDesk | undefined;
  /** In a thread that is not the main one: whether a change was told that its memory has not taken yet. */
  readonly isBehind?: (() => boolean) | undefined;
  /** Ends the process: another thread has died while it counted, and nothing can be counted any more. */
  readonly onDead: () => never;
}

/** Saves counters that all threads share, with the journals of all. One save after the other: what one discards, another must not have turned. */
export function savingForAll(
  others: Pick<OtherThreads, "turnJournals" | "discardJournals">,
  save: () => Promise<void>,
): () => Promise<void> {
  let saving: Promise<void> = Promise.resolve();
  const saveOnce = async (): Promise<void> => {
    await others.turnJournals();
    await save();
    await others.discardJournals();
  };
  return () => {
    saving = saving.catch(() => undefined).then(saveOnce);
    return saving;
  };
}
