/** Use on its way to the store: noted in memory by verification, written in batches about once a second and at shutdown. */
import { HOUR_MS } from "../engine/duration.ts";
import type { Refusal } from "../engine/judge.ts";
import type { UseBatch, UseStore } from "../stores/contract.ts";
import type { CachedKey, SharedCounter, Use } from "./cached-key.ts";
import { stateOf } from "./counters.ts";

/** Keys in one transaction: short enough to let changes in between. */
const KEYS_PER_BATCH = 500;

export class UseRecorder {
  readonly #recordUse: UseStore["recordUse"];
  readonly #saved: (counters: Iterable<SharedCounter>) => void;
  #uses = new Map<string, Use>();
  #counters = new Set<SharedCounter>();
  /** What is being written: the store does not have it yet. */
  #writing = new Map<string, Use>();
  #flushing: Promise<void> = Promise.resolve();

  /** `saved` hears of the counters that the store knows now. */
  constructor(recordUse: UseStore["recordUse"], saved: (counters: Iterable<SharedCounter>) => void) {
    this.#recordUse = recordUse;
    this.#saved = saved;
  }

  /** Where to count for a key that has no `use` yet. */
  open(key: CachedKey): Use {
    const use: Use = this.#uses.get(key.id) ?? { key, admitted: 0, refused: undefined, lastUsedAt: 0 };
    // A key that left the cache and came back within the second carries on with its new record.
    use.key = key;
    this.#uses.set(key.id, use);
    key.use = use;
    return use;
  }

  /** Call when `counter.dirty` is false and something was admitted. */
  noteCounter(counter: SharedCounter): void {
    counter.dirty = true;
    this.#counters.add(counter);
  }

  /** The last use that the store may not know yet; 0 when there is none. */
  lastUseOf(keyId: string): number {
    return Math.max(this.#uses.get(keyId)?.lastUsedAt ?? 0, this.#writing.get(keyId)?.lastUsedAt ?? 0);
  }

  /** Writes all that was noted before the call, one call after the other. What cannot be written stays noted, and the failure is thrown. */
  flush(now: number): Promise<void> {
    this.#flushing = this.#flushing.catch(() => undefined).then(() => this.#write(now));
    return this.#flushing;
  }

  async #write(now: number): Promise<void> {
    const uses = [...this.#uses.values()];
    const counters = [...this.#counters];
    this.#writing = this.#uses;
    this.#uses = new Map();
    this.#counters = new Set();
    for (const use of uses) use.key.use = undefined;
    let written = 0;
    try {
      for (; written < Math.max(uses.length, counters.length); written += KEYS_PER_BATCH) {
        const end = written + KEYS_PER_BATCH;
        await this.#recordUse(toBatch(uses.slice(written, end), counters.slice(written, end), now));
        this.#saved(counters.slice(written, end));
      }
    } catch (error) {
      for (const use of uses.slice(written)) this.#putBack(use);
      for (const counter of counters.slice(written)) this.noteCounter(counter);
      throw error;
    } finally {
      this.#writing = new Map();
    }
  }

  #putBack(use: Use): void {
    const later = this.#uses.get(use.key.id);
    if (later === undefined) {
      this.#uses.set(use.key.id, use);
      use.key.use = use;
      return;
    }
    later.admitted += use.admitted;
    later.lastUsedAt = Math.max(later.lastUsedAt, use.lastUsedAt);
    for (const [reason, count] of use.refused ?? []) countRefusal(later, reason, count);
  }
}

export function countRefusal(use: Use, reason: Refusal, count: number): void {
  use.refused ??= new Map();
  use.refused.set(reason, (use.refused.get(reason) ?? 0) + count);
}

function toBatch(uses: readonly Use[], counters: readonly SharedCounter[], now: number): UseBatch {
  const hour = now - (now % HOUR_MS);
  const outcomes: UseBatch["outcomes"][number][] = [];
  for (const { key, admitted, refused } of uses) {
    if (admitted > 0) outcomes.push({ keyId: key.id, hour, outcome: "valid", count: admitted });
    for (const [outcome, count] of refused ?? []) outcomes.push({ keyId: key.id, hour, outcome, count });
  }
  return {
    outcomes,
    lastUses: uses.filter(({ lastUsedAt }) => lastUsedAt > 0).map(({ key, lastUsedAt }) => ({ keyId: key.id, at: lastUsedAt })),
    counters: counters.map((counter) => {
      // From here on an admission makes it dirty again: it is in the next batch, whatever becomes of this one.
      counter.dirty = false;
      return { counterId: counter.id, state: stateOf(counter, now), at: now };
    }),
  };
}
