/** Usage on its way to the store: noted in memory by verification, written in batches about once a second and at shutdown. */
import { HOUR_MS } from "../../engine/duration.ts";
import type { Refusal } from "../../engine/judge.ts";
import type { UseBatch, UseStore } from "../../stores/contract.ts";
import type { Clocks } from "../clocks.ts";
import type { UnsavedCounters } from "../limiting/memory-limiter.ts";
import type { UsageQueue } from "../statistics.ts";
import type { CachedKey } from "./cached-key.ts";

/** Keys in one transaction: short enough to let changes run in between. */
const KEYS_PER_BATCH = 500;

/** What was taken from a key for a batch, and is given back if the batch fails. */
interface Taken {
  readonly key: CachedKey;
  readonly admitted: number;
  readonly refused: ReadonlyMap<Refusal, number> | undefined;
}

export class UseRecorder {
  readonly #recordUse: UseStore["recordUse"];
  readonly #counters: UnsavedCounters;
  readonly #clocks: Clocks;
  /** A list, not a set: a flag on the key says that it is in it, and noting the use of a key costs no look-up. */
  #keys: CachedKey[] = [];
  /** Last uses of keys that left the cache before the store knew. */
  readonly #left = new Map<string, number>();
  #flushing: Promise<void> = Promise.resolve();
  /** Keys of the write under way. */
  #underWay = 0;
  /** What was noted before is in the store; monotonic milliseconds. */
  #writtenUpTo: number;
  #failures = 0;

  constructor({ recordUse, counters, clocks }: { recordUse: UseStore["recordUse"]; counters: UnsavedCounters; clocks: Clocks }) {
    this.#recordUse = recordUse;
    this.#counters = counters;
    this.#clocks = clocks;
    this.#writtenUpTo = clocks.monotonic();
  }

  /** What the store does not have yet, for metrics. The age is that of the last complete write: nothing is older. */
  get queue(): UsageQueue {
    const keys = this.#keys.length + this.#underWay;
    return { keys, ageMs: keys === 0 ? 0 : this.#clocks.monotonic() - this.#writtenUpTo, failures: this.#failures };
  }

  /** Call while `key.dirty` is false, before something is counted. */
  note(key: CachedKey): void {
    this.#keys.push(key);
  }

  /** Call when a key leaves the cache. It stays in the list until it is written. */
  leave(key: CachedKey): void {
    if (key.dirty) this.#left.set(key.id, Math.max(key.lastUsedAt, this.lastUseLeft(key.id)));
  }

  /** The last use of a key that has left the cache, as long as the store may not have it; 0 for every other key. */
  lastUseLeft(keyId: string): number {
    return this.#left.get(keyId) ?? 0;
  }

  /** Writes everything that was noted before the call. Calls run one after the other. What cannot be written is kept for the next call, and the failure is thrown. */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.catch(() => undefined).then(() => this.#write());
    return this.#flushing;
  }

  async #write(): Promise<void> {
    this.#clocks.compare();
    const beganAt = this.#clocks.monotonic();
    const [keys, counters] = [this.#keys, this.#counters.takeUnsaved()];
    const left = [...this.#left];
    this.#keys = [];
    this.#underWay = keys.length;
    let from = 0;
    try {
      for (; from < Math.max(keys.length, counters.length); from += KEYS_PER_BATCH) {
        await this.#writeBatch(keys.slice(from, from + KEYS_PER_BATCH), counters.slice(from, from + KEYS_PER_BATCH));
      }
    } catch (error) {
      // The failed batch has put its own keys back; those after it were never taken.
      for (const key of keys.slice(from + KEYS_PER_BATCH)) this.#keys.push(key);
      this.#counters.notSaved(counters.slice(from));
      this.#failures++;
      throw error;
    } finally {
      this.#underWay = 0;
    }
    this.#writtenUpTo = beganAt;
    this.#counters.allSaved?.();
    for (const [keyId, lastUse] of left) if (this.#left.get(keyId) === lastUse) this.#left.delete(keyId);
  }

  async #writeBatch(keys: readonly CachedKey[], counters: readonly unknown[]): Promise<void> {
    const taken = keys.map(take);
    try {
      await this.#recordUse(this.#toBatch(taken, counters));
    } catch (error) {
      for (const each of taken) this.#giveBack(each);
      throw error;
    }
    this.#counters.saved(counters);
  }

  #toBatch(taken: readonly Taken[], counters: readonly unknown[]): UseBatch {
    const now = this.#clocks.wall();
    const hour = now - (now % HOUR_MS);
    const outcomes: UseBatch["outcomes"][number][] = [];
    const lastUses: UseBatch["lastUses"][number][] = [];
    for (const { key, admitted, refused } of taken) {
      if (admitted > 0) outcomes.push({ keyId: key.id, hour, outcome: "valid", count: admitted });
      for (const [outcome, count] of refused ?? []) outcomes.push({ keyId: key.id, hour, outcome, count });
      if (key.lastUsedAt > 0) lastUses.push({ keyId: key.id, at: key.lastUsedAt });
    }
    return { outcomes, lastUses, counters: this.#counters.statesOf(counters, now), madeAt: now };
  }

  #giveBack({ key, admitted, refused }: Taken): void {
    if (!key.dirty) this.note(key);
    key.admitted += admitted;
    for (const [reason, count] of refused ?? []) countRefusal(key, reason, count);
  }
}

export function countRefusal(key: CachedKey, reason: Refusal, count: number): void {
  key.refused ??= new Map();
  key.refused.set(reason, (key.refused.get(reason) ?? 0) + count);
}

/** From here on, use marks the key again: it is in the next batch, whether or not this one is written. */
function take(key: CachedKey): Taken {
  const { admitted, refused } = key;
  key.admitted = 0;
  key.refused = undefined;
  return { key, admitted, refused };
}
