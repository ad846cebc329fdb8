/** The bank of a database as a node uses it: by a clock that was compared with the node's own, and for as long as anybody waits. */
import type { BankReading, BankStore, NewBankRow } from "../../stores/bank-contract.ts";
import { StoreUnavailable } from "../../stores/contract.ts";
import type { Clocks } from "../clocks.ts";
import { BankClock } from "./bank-clock.ts";
import type { FirstReading } from "./limiter.ts";

/** After this long nobody waits for the database any more. Whether it happened is then unknown. */
const PATIENCE_MS = 3_000;
/** A machine that slept has stopped its monotonic clock, and its wall clock has gone on. */
const SLEPT_MS = 1_000;

/** Calls `run` once after so many milliseconds, unless the returned function is called. */
export type After = (milliseconds: number, run: () => void) => () => void;

/** A reading in bank time. `heardAt` is a time of the node's monotonic clock that is not before it. */
export interface TrueReading extends Pick<BankReading, "rows" | "aheadMs"> {
  readonly bankMs: number;
  readonly heardAt: number;
}

/** What a look-up brings is used this soon, or not at all. */
const FRESH_MS = 1_000;

interface BankInTimeOptions {
  readonly bank: BankStore;
  readonly clocks: Clocks;
  readonly after: After;
  /** The machine slept: nothing that was borrowed may be used. */
  readonly slept: () => void;
}

export class BankInTime {
  /** Statements since the start. */
  readonly counts = { reads: 0, writes: 0, clockCorrections: 0 };
  /** How far the wall clock is ahead of the database's as of the last reading, in milliseconds. */
  clockAheadMs = 0;
  readonly #options: BankInTimeOptions;
  readonly #clock = new BankClock();
  #wallAheadMs: number;

  constructor(options: BankInTimeOptions) {
    this.#options = options;
    this.#wallAheadMs = this.#aheadNow();
  }

  /** Without ids it compares the clocks alone. @throws StoreUnavailable */
  async read(counterIds: readonly string[]): Promise<TrueReading> {
    const { bank, clocks } = this.#options;
    this.watchSleep();
    for (let attempt = 0; attempt < 3; attempt++) {
      const sentAt = clocks.monotonic();
      this.counts.reads++;
      const { clockMs, aheadMs, rows } = await this.#inTime(bank.readBank(counterIds));
      const heardAt = clocks.monotonic();
      // The database read its clock somewhere in between.
      this.clockAheadMs = clocks.wall() - (heardAt - sentAt) / 2 - clockMs;
      const bankMs = clockMs - aheadMs;
      const jump = this.#clock.jumpOf({ bankMs, sentAt, heardAt });
      if (jump === 0) return { bankMs, aheadMs, rows, heardAt };
      this.counts.clockCorrections++;
      await this.#inTime(bank.correctBankClock(aheadMs, aheadMs + jump));
    }
    throw new StoreUnavailable("the database's clock jumps, and limits cannot be decided by it");
  }

  /** A reading that a look-up brought; undefined if it is too old, or cannot be trusted. */
  accept(counterId: string, { sent, heardAt, glimpse }: FirstReading): TrueReading | undefined {
    this.watchSleep();
    const { clocks } = this.#options;
    const now = clocks.monotonic();
    const aheadBefore = sent.wall - sent.monotonic;
    if (now - sent.monotonic > FRESH_MS || Math.abs(clocks.wall() - now - aheadBefore) > SLEPT_MS) return undefined;
    const { clockMs, aheadMs, row } = glimpse;
    const bankMs = clockMs - aheadMs;
    if (this.#clock.jumpOf({ bankMs, sentAt: sent.monotonic, heardAt }) !== 0) return undefined;
    return { bankMs, aheadMs, heardAt: now, rows: new Map(row === undefined ? [] : [[counterId, row]]) };
  }

  /** As `BankStore.writeBank`. @throws StoreUnavailable: whether anything was written is unknown */
  write(rows: readonly NewBankRow[]): Promise<readonly string[]> {
    this.counts.writes++;
    return this.#inTime(this.#options.bank.writeBank(rows));
  }

  /** Notices that the machine slept. */
  watchSleep(): void {
    const ahead = this.#aheadNow();
    if (ahead > this.#wallAheadMs + SLEPT_MS) {
      this.#clock.forget();
      this.#options.slept();
    }
    this.#wallAheadMs = ahead;
  }

  /** What comes later than that is ignored. */
  async #inTime<Result>(call: Promise<Result>): Promise<Result> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const cancel = this.#options.after(PATIENCE_MS, () => reject(new StoreUnavailable("the database did not decide limits in time")));
    try {
      return await Promise.race([call, late]);
    } finally {
      cancel();
    }
  }

  #aheadNow(): number {
    return this.#options.clocks.wall() - this.#options.clocks.monotonic();
  }
}

/** The row that replaces the version that was read; 0 for a row that did not exist. */
export function newRow(counterId: string, replaces: number, bankMs: number, state: string): NewBankRow {
  const at = Math.floor(bankMs);
  return { counterId, replaces, version: Math.max(replaces + 1, at), state, at };
}
