/**
 * Takes the asks of a node's counters to the bank: as many as have gathered while others were under way go together. It reads their rows, decides
 * by the rules of `engine/bank`, and writes the rows that nobody has changed meanwhile; the others are read again. No transaction stays open in
 * between, so a node that stops anywhere blocks no other.
 */
import { type BankAnswer, DRIFT, decide } from "../../engine/bank/bank.ts";
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
  /** What the look-up of the key has read of the bank. */
  readonly read: TrueReading | undefined;
}

interface Decided extends Pick<Asking, "counter" | "sent"> {
  readonly answer: BankAnswer;
  /** What is to be written; undefined if nothing changes. */
  readonly row: NewBankRow | undefined;
  readonly heardAt: number;
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
      const first = counter.takeFirst();
      const read = first && bank.accept(counter.id, first);
      const sentAt = read === undefined || first === undefined ? now : first.sent.monotonic;
      return { counter, sent: counter.ask(node, `${node}.${++this.counts.asks}`, sentAt), read };
    });
    try {
      const byLookup = asking.flatMap((each) => (each.read === undefined ? [] : this.#decide(each, each.read))).filter(admitsAll);
      const decidedCounters = new Set(byLookup.map(({ counter }) => counter));
      const others = asking.filter(({ counter }) => !decidedCounters.has(counter));
      const reading = others.length === 0 ? undefined : await bank.read(others.map(({ counter }) => counter.id));
      const decided = others.map((each) => this.#decide(each, reading as TrueReading));
      await this.#carryOut([...byLookup, ...decided]);
    } catch (error) {
      for (const each of asking) this.#settle(each, { kind: "failed", error, isUndone: true });
    }
  }

  #decide({ counter, sent, read }: Asking, reading: TrueReading): Decided {
    const { bankMs, aheadMs, rows, heardAt } = reading;
    const { decide: rule = decide, monotonic } = this.#options;
    const row = rows.get(counter.id);
    const { moved } = counter;
    const { state: before, isMoved } =
      row === undefined && moved !== undefined
        ? { state: fromCounter(JSON.parse(moved), aheadMs, bankMs), isMoved: false }
        : fromText(row?.state, { aheadMs, now: bankMs });
    // Who waits may have come after the look-up was sent: admitted requests count from the latest time that it can be now.
    const latestMs = reading === read ? bankMs + (monotonic() - sent.sentAt) * (1 + DRIFT) : bankMs;
    const { state, answer } = rule(before, sent.ask, bankMs, latestMs);
    const after = state === before && !isMoved ? undefined : newRow(counter.id, row?.version ?? 0, bankMs, toText(state, aheadMs));
    return { counter, sent, answer, row: after, heardAt };
  }

  async #carryOut(decided: readonly Decided[]): Promise<void> {
    const written = await this.#write(decided.flatMap(({ row }) => row ?? []));
    for (const { counter, sent, answer, row, heardAt } of decided) {
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

  #settle({ counter, sent }: Pick<Asking, "counter" | "sent">, outcome: Outcome): void {
    counter.state = "idle";
    this.#options.settled(counter, sent, outcome);
  }
}

/**
 * What a look-up has read can be a second old. It is good enough to admit by, as the row is written only if it has not changed. A refusal writes nothing:
 * there may be room by now, or its `Retry-After` may be too short.
 */
const admitsAll = ({ sent, answer }: Decided): boolean => answer.admitted === sent.ask.waiting.requests;
