/**
 * Takes the asks of a node's counters to the bank: as many as have gathered while others were under way go together. It reads their rows, decides
 * by the rules of `engine/bank`, and writes the rows that nobody has changed meanwhile; the others are read again. No transaction stays open in
 * between, so a node that stops anywhere blocks no other.
 */
import { type BankAnswer, decide } from "../../engine/bank/bank.ts";
import { fromCounter, fromText, toText } from "../../engine/bank/saved-state.ts";
import type { NewBankRow } from "../../stores/bank-contract.ts";
import type { BankCounter, SentAsk } from "./bank-counter.ts";
import { type BankInTime, newRow, type TrueReading } from "./bank-in-time.ts";

/** Counters in one statement. */
const MOST_TOGETHER = 200;

/** What became of an ask. `heardAt` is a time of the monotonic clock that is not before the decision. */
export type Outcome =
  | { readonly kind: "answered"; readonly answer: BankAnswer; readonly isWritten: boolean; readonly heardAt: number }
  /** Another node was faster. */
  | { readonly kind: "lost" }
  /** Whether it happened is unknown, unless `isUndone`. */
  | { readonly kind: "failed"; readonly error: unknown; readonly isUndone: boolean };

interface TellerOptions {
  readonly bank: BankInTime;
  readonly monotonic: () => number;
  /** The name of this node, different at every start. */
  readonly node: string;
  /** The rules; those of the engine when absent. */
  readonly decide?: typeof decide | undefined;
  readonly settled: (counter: BankCounter, sent: SentAsk, outcome: Outcome) => void;
}

interface Asking {
  readonly counter: BankCounter;
  readonly sent: SentAsk;
}

export class BankTeller {
  /** Asks since the start. `lost`: those that another node was faster than. */
  readonly counts = { asks: 0, lost: 0 };
  readonly #options: TellerOptions;
  #queue: BankCounter[] = [];
  #running: Promise<void> | undefined;

  constructor(options: TellerOptions) {
    this.#options = options;
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

  /** Whether something is queued or under way. */
  get isBusy(): boolean {
    return this.#running !== undefined;
  }

  async #run(): Promise<void> {
    // What is queued in the same turn goes together.
    await null;
    while (this.#queue.length > 0) await this.#ask(this.#queue.splice(0, MOST_TOGETHER));
    this.#running = undefined;
  }

  async #ask(counters: readonly BankCounter[]): Promise<void> {
    const { bank, node, monotonic } = this.#options;
    bank.watchSleep();
    // Before the bank's clock is read: ages and loans are measured from here.
    const now = monotonic();
    const asking = counters.map((counter): Asking => {
      counter.state = "asking";
      return { counter, sent: counter.ask(node, `${node}.${++this.counts.asks}`, now) };
    });
    try {
      const reading = await bank.read(asking.map(({ counter }) => counter.id));
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
    try {
      return { ids: new Set(await this.#options.bank.write(rows)) };
    } catch (error) {
      return { ids: new Set(), error };
    }
  }

  #settle({ counter, sent }: Asking, outcome: Outcome): void {
    counter.state = "idle";
    this.#options.settled(counter, sent, outcome);
  }
}
