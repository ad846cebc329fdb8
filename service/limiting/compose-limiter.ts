/** Which limiter counts: in the database that nodes share, in memory that threads share, or in the memory of the process. */
import type { NewId } from "../../engine/id.ts";
import type { Store } from "../../stores/contract.ts";
import type { Lease } from "../changes/lease.ts";
import { realTimers } from "../changes/timers.ts";
import type { Clocks } from "../clocks.ts";
import type { KeywardOptions } from "../keyward.ts";
import type { BankStatistics } from "../statistics.ts";
import type { ThreadPlace } from "../threads.ts";
import type { BankInTime } from "./bank-in-time.ts";
import { BankLimiter } from "./bank-limiter.ts";
import { CounterJournal } from "./counter-journal.ts";
import { MemoryLimiter, NO_COUNTERS, type UnsavedCounters } from "./memory-limiter.ts";
import { recoverCounters } from "./recover-counters.ts";
import { type BankDesk, BorrowingLimiter } from "./shared/borrowing-limiter.ts";
import { SharedLimiter } from "./shared/shared-limiter.ts";
import { SharedTills } from "./shared/shared-till.ts";

interface LimiterSettings extends Pick<KeywardOptions, "bank" | "journal"> {
  readonly place: ThreadPlace | undefined;
  readonly isMain: boolean;
  readonly clocks: Clocks;
  /** Of this node: it also ends when the clocks of the machine disagree. */
  readonly lease: Pick<Lease, "covers">;
  readonly store: Store;
  /** Keys in memory at most. */
  readonly cachedKeys: number;
  readonly newId: NewId;
  /** Called with the id of each counter that leaves memory: what was read of it before is older than what it admitted. */
  readonly forgotten: (counterId: string) => void;
}

export type ComposedLimiters = MemoryLimiter | SharedLimiter | BankLimiter | BorrowingLimiter;

interface ComposedLimiter {
  readonly limiter: ComposedLimiters;
  /** What the use recorder writes of it. */
  readonly counters: UnsavedCounters;
  /** What nodes share, for whatever else they count together. Undefined where there are no others. */
  readonly bank?: BankInTime | undefined;
  /** For the other threads, where the process has some and is a node among several. */
  readonly desk?: BankDesk | undefined;
  /** What repeats every second. */
  readonly tend?: (() => Promise<void>) | undefined;
  readonly close?: (() => Promise<void>) | undefined;
  /** Of limits that nodes share. */
  readonly statistics?: (() => BankStatistics) | undefined;
}

/** What a process is called in the bank. */
const BORROWER_ID = { prefix: "", spelling: "ulid" } as const;

export async function composeLimiter(settings: LimiterSettings): Promise<ComposedLimiter> {
  const { bank, place, clocks, store, cachedKeys } = settings;
  const isAwake = (now: number) => settings.lease.covers(now);
  if (bank !== undefined) {
    const tills = place && new SharedTills(place.counters, cachedKeys, place.onDead);
    const node = settings.newId(BORROWER_ID, clocks.wall());
    const limiter = new BankLimiter({ bank, clocks, after: realTimers.after, node, isAwake, tills });
    return {
      limiter,
      desk: place && deskOf(limiter),
      bank: limiter.bank,
      counters: NO_COUNTERS,
      tend: () => limiter.tend(),
      close: () => limiter.close(),
      statistics: () => limiter.statistics,
    };
  }
  if (place?.desk !== undefined) {
    const tills = new SharedTills(place.counters, cachedKeys, place.onDead);
    return { limiter: new BorrowingLimiter({ tills, desk: place.desk, isAwake }), counters: NO_COUNTERS };
  }
  if (settings.journal !== undefined && settings.isMain) await recoverCounters({ journal: settings.journal, store, clocks });
  const limiter = place === undefined ? inMemory(settings) : inThreads(settings, place);
  return { limiter, counters: settings.isMain ? limiter : NO_COUNTERS };
}

function deskOf(limiter: BankLimiter): BankDesk {
  return {
    admit: (id, limits, holds, brought) => limiter.admitElsewhere(id, limits, holds, brought),
    noteLow: async (id) => limiter.noteLow(id),
    noteLeft: async (id) => limiter.noteLeft(id),
    standingOf: (id, limits) => limiter.standingOf(id, limits),
  };
}

function inMemory(settings: LimiterSettings): MemoryLimiter {
  const { clocks, store, forgotten } = settings;
  return new MemoryLimiter({ clocks, store, forgotten, journal: journalOf(settings) });
}

function inThreads(settings: LimiterSettings, { counters, onDead }: ThreadPlace): SharedLimiter {
  const { clocks, store, cachedKeys } = settings;
  return new SharedLimiter({ buffer: counters, capacity: cachedKeys, clocks, store, onDead, journal: journalOf(settings) });
}

function journalOf({ journal, clocks }: LimiterSettings): CounterJournal | undefined {
  return journal && new CounterJournal({ journal, clocks, timers: realTimers });
}
