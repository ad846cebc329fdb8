/**
 * Takes the asks of a node's counters to the bank: as many as have gathered while others were under way go together. It reads their rows, decides
 * by the rules of `engine/bank`, and writes the rows that nobody has changed meanwhile; the others are read again. No transaction stays open in
 * between, so a node that stops anywhere blocks no other.
 */
import { type BankAnswer, decide } from "../../engine/bank/bank.ts";
import { fromCounter, fromText, toText } from "../../engine/bank/saved-state.ts";
import type { BankReading, BankStore, NewBankRow } from "../../stores/bank-contract.ts";
import { StoreUnavailable } from "../../stores/contract.ts";
import type { Clocks } from "../clocks.ts";
import { BankClock } from "./bank-clock.ts";
import type { BankCounter, SentAsk } from "./bank-counter.ts";

/** Counters in one statement. */
const MOST_TOGETHER = 200;
/** After this long nobody waits for the database any more. Whether it happened is then unknown. */
const PATIENCE_MS = 3_000;
/** A machine that slept has stopped its monotonic clock, and its wall clock has gone on. */
const SLEPT_MS = 1_000;

/** Calls `run` once after so many milliseconds, unless the returned function is called. */
export type After = (milliseconds: number, run: () => void) => () => void;

/** What became of an ask. `heardAt` is a time of the monotonic clock that is not before the decision. */
export type Outcome =
  | { readonly kind: "answered"; readonly answer: BankAnswer; readonly isWritten: boolean; readonly heardAt: number }
  /** Another node was faster. */
  | { readonly kind: "lost" }
  /** Whether it happened is unknown, unless `isUndone`. */
  | { readonly kind: "failed"; readonly error: unknown; readonly isUndone: boolean };

interface TellerOptions {
  readonly bank: BankStore;
  readonly clocks: Clocks;
  readonly after: After;
  /** The name of this node, different at every start. */
  readonly node: string;
  /** The rules; those of the engine when absent. */
  readonly decide?: typeof decide | undefined;
  readonly settled: (counter: BankCounter, sent: SentAsk, outcome: Outcome) => void;
  /** The machine slept: nothing that was borrowed may be used. */
  readonly slept: () => void;
}

interface Asking {
  readonly counter: BankCounter;
  readonly sent: SentAsk;
}

/** A reading in bank time. */
interface TrueReading extends Pick<BankReading, "rows" | "aheadMs"> {
  readonly bankMs: number;
  readonly heardAt: number;
}

export class BankTeller {
  /** Statements, and the asks in them, since the start. `lost`: asks that another node was faster than. */
  readonly counts = { reads: 0, writes: 0, asks: 0, lost: 0 };
  readonly #options: TellerOptions;
  readonly #clock = new BankClock();
  #wallAheadMs: number;
  #queue: BankCounter[] = [];
  #running: Promise<void> | undefined;

  constructor(options: TellerOptions) {
    this.#options = options;
    this.#wallAheadMs = this.#aheadNow();
  }

  /** Asks for a counter as soon as what is under way has come back. */
  queue(counter: BankCounter): void {
    if (counter.state !== "idle") return;
    counter.state = "queued";
    this.#queue.push(counter);
    this.#running ??= this.#run();
  }

  /** Resolves when nothing is queued or under way. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** Compares the clocks, if nobody is asking anyway. */
  async compareClocks(): Promise<void> {
    if (this.#running === undefined) await this.read([]).catch(() => undefined);
  }

  /** @throws StoreUnavailable */
  async read(counterIds: readonly string[]): Promise<TrueReading> {
    const { bank, clocks } = this.#options;
    this.#watchSleep();
    for (let attempt = 0; attempt < 3; attempt++) {
      const sentAt = clocks.monotonic();
      this.counts.reads++;
      const { clockMs, aheadMs, rows } = await this.#inTime(bank.readBank(counterIds));
      const heardAt = clocks.monotonic();
      const bankMs = clockMs - aheadMs;
      const jump = this.#clock.jumpOf({ bankMs, sentAt, heardAt });
      if (jump === 0) return { bankMs, aheadMs, rows, heardAt };
      await this.#inTime(bank.correctBankClock(aheadMs, aheadMs + jump));
    }
    throw new StoreUnavailable("the database's clock jumps, and limits cannot be decided by it");
  }

  async #run(): Promise<void> {
    // What is queued in the same turn goes together.
    await null;
    while (this.#queue.length > 0) await this.#ask(this.#queue.splice(0, MOST_TOGETHER));
    this.#running = undefined;
  }

  async #ask(counters: readonly BankCounter[]): Promise<void> {
    this.#watchSleep();
    const { node, clocks } = this.#options;
    // Before the bank's clock is read: ages and loans are measured from here.
    const now = clocks.monotonic();
    const asking = counters.map((counter): Asking => {
      counter.state = "asking";
      return { counter, sent: counter.ask(node, `${node}.${++this.counts.asks}`, now) };
    });
    try {
      const reading = await this.read(asking.map(({ counter }) => counter.id));
      await this.#decide(asking, reading);
    } catch (error) {
      for (const each of asking) this.#settle(each, { kind: "failed", error, isUndone: true });
    }
  }

  async #decide(asking: readonly Asking[], { bankMs, aheadMs, rows, heardAt }: TrueReading): Promise<void> {
    const rule = this.#options.decide ?? decide;
    const decided = asking.map((each) => {
      const row = rows.get(each.counter.id);
      const { moved } = each.counter;
      const before = row === undefined && moved !== undefined ? fromCounter(JSON.parse(moved), aheadMs, bankMs) : fromText(row?.state);
      const { state, answer } = rule(before, each.sent.ask, bankMs);
      return { ...each, answer, row: state === before ? undefined : newRow(each.counter.id, row?.version ?? 0, bankMs, toText(state)) };
    });
    const changed = decided.flatMap(({ row }) => row ?? []);
    const written = await this.#write(changed);
    for (const { counter, sent, answer, row } of decided) {
      const isWritten = row !== undefined;
      if (!isWritten || written.ids.has(counter.id)) this.#settle({ counter, sent }, { kind: "answered", answer, isWritten, heardAt });
      else if (written.error !== undefined) this.#settle({ counter, sent }, { kind: "failed", error: written.error, isUndone: false });
      else {
        this.counts.lost++;
        this.#settle({ counter, sent }, { kind: "lost" });
      }
    }
  }

  /** `error`: whether anything was written is unknown. */
  async #write(rows: readonly NewBankRow[]): Promise<{ readonly ids: ReadonlySet<string>; readonly error?: unknown }> {
    if (rows.length === 0) return { ids: new Set() };
    this.counts.writes++;
    try {
      return { ids: new Set(await this.#inTime(this.#options.bank.writeBank(rows))) };
    } catch (error) {
      return { ids: new Set(), error };
    }
  }

  #settle({ counter, sent }: Asking, outcome: Outcome): void {
    counter.state = "idle";
    this.#options.settled(counter, sent, outcome);
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

  #watchSleep(): void {
    const ahead = this.#aheadNow();
    if (ahead > this.#wallAheadMs + SLEPT_MS) {
      this.#clock.forget();
      this.#options.slept();
    }
    this.#wallAheadMs = ahead;
  }
}

function newRow(counterId: string, replaces: number, bankMs: number, state: string): NewBankRow {
  const at = Math.floor(bankMs);
  return { counterId, replaces, version: Math.max(replaces + 1, at), state, at };
}
