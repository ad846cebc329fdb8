/**
 * Admissions that the store does not know yet, in a journal: counters are saved about once a second, and `kill -9` would take what they admitted
 * since. On the path of a request this puts one number into a list. The list is handed on after some milliseconds, or when it is full, with the time
 * of that: an admission is remembered as a little later than it was, never as earlier.
 */
import type { Counter } from "../../engine/limits.ts";
import type { Journal } from "../../stores/journal-contract.ts";
import type { Timers } from "../changes/timers.ts";
import type { Clocks } from "../clocks.ts";

/** What is forgotten at most when the process is killed. */
const DELAY_MS = 5;
const CAPACITY = 16_384;

/** A counter and its number in the current file of the journal. */
export interface JournaledCounter extends Pick<Counter, "minute" | "day"> {
  readonly id: string;
  journalFile: number;
  journalNumber: number;
}

/** The line before the numbers of one part. Counters are defined in the part in which their number comes first. */
export interface JournalHead {
  /** The clock of `at`, and how far the wall clock was ahead of it. */
  readonly clock: string;
  readonly wallAheadMs: number;
  readonly at: number;
  /** The number of the first of `counters`; the others follow. */
  readonly first: number;
  /** Their ids with a space between them, each after a letter for the windows in which it counts: `m`, `d`, or `b` for both. */
  readonly counters: string;
  /** How many numbers of four bytes follow the line. */
  readonly numbers: number;
}

interface CounterJournalOptions {
  readonly journal: Journal;
  readonly clocks: Clocks;
  readonly timers: Timers;
}

export class CounterJournal {
  readonly #options: CounterJournalOptions;
  readonly #numbers = new Int32Array(CAPACITY);
  #length = 0;
  /** Counts the files: a counter that was defined in another one is defined anew. */
  #file = 1;
  #defined = 0;
  #definitions: JournaledCounter[] = [];
  #isScheduled = false;

  constructor(options: CounterJournalOptions) {
    this.#options = options;
  }

  /** Notes one admission. */
  add(counter: JournaledCounter): void {
    if (counter.journalFile !== this.#file) this.#define(counter);
    this.#numbers[this.#length++] = counter.journalNumber;
    if (this.#length === CAPACITY) this.#write();
    else if (!this.#isScheduled) this.#schedule();
  }

  /** What is admitted from here on goes into a new file. */
  turn(): void {
    this.#write();
    this.#options.journal.turn();
    this.#file++;
    this.#defined = 0;
  }

  /** The store has everything that was admitted before the last turn. */
  discard(): void {
    this.#options.journal.discard();
  }

  #define(counter: JournaledCounter): void {
    counter.journalFile = this.#file;
    counter.journalNumber = this.#defined + this.#definitions.length;
    this.#definitions.push(counter);
  }

  #schedule(): void {
    this.#isScheduled = true;
    this.#options.timers.after(DELAY_MS, () => {
      this.#isScheduled = false;
      this.#write();
    });
  }

  #write(): void {
    if (this.#length === 0) return;
    const { journal, clocks } = this.#options;
    const head: JournalHead = {
      clock: clocks.id,
      wallAheadMs: clocks.aheadMs,
      at: clocks.monotonic(),
      first: this.#defined,
      counters: namesOf(this.#definitions),
      numbers: this.#length,
    };
    const numbers = Buffer.from(this.#numbers.buffer, 0, this.#length * Int32Array.BYTES_PER_ELEMENT);
    this.#defined += this.#definitions.length;
    this.#definitions = [];
    this.#length = 0;
    journal.append(Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), numbers]));
  }
}

/** One text, not a list of lists: with many keys in use, nearly every admission defines its counter. */
function namesOf(counters: readonly JournaledCounter[]): string {
  let names = "";
  for (const { id, minute, day } of counters) {
    const windows = minute === undefined ? "d" : day === undefined ? "m" : "b";
    names += names === "" ? windows + id : ` ${windows}${id}`;
  }
  return names;
}
