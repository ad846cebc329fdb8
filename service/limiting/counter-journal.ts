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
/** Counters come and go with their keys: the file of their names begins anew after so many, which take some 60 MB. */
const MOST_NAMES = 2_000_000;

/** The low bits of a number in the journal: the windows in which the admission counts. */
export const IN_MINUTE = 1;
export const IN_DAY = 2;
export const WINDOW_BITS = 2;

/** A counter and its place among the current names of the journal. */
export interface JournaledCounter extends Pick<Counter, "minute" | "day"> {
  readonly id: string;
  journalNames: number;
  journalNumber: number;
}

/** The line before the numbers of one part, as JSON. Names have a line each, and the first of them is number 0. */
export interface JournalHead {
  /** The clock of `at`, and how far the wall clock was ahead of it. */
  readonly clock: string;
  readonly wallAheadMs: number;
  readonly at: number;
  /** How many numbers of four bytes follow the line: the number of a name, and below it `IN_MINUTE` and `IN_DAY`. */
  readonly numbers: number;
}

interface CounterJournalOptions {
  readonly journal: Journal;
  readonly clocks: Clocks;
  readonly timers: Timers;
  readonly mostNames?: number;
}

export class CounterJournal {
  readonly #options: CounterJournalOptions;
  readonly #numbers = new Int32Array(CAPACITY);
  #length = 0;
  /** Counts the files of names: a counter that has its name in an earlier one is named again. */
  #names = 1;
  #named = 0;
  /** Names for the next part. */
  #newNames = "";
  #isScheduled = false;

  constructor(options: CounterJournalOptions) {
    this.#options = options;
  }

  /** Notes one admission. */
  add(counter: JournaledCounter): void {
    if (counter.journalNames !== this.#names) this.#name(counter);
    const windows = (counter.minute === undefined ? 0 : IN_MINUTE) | (counter.day === undefined ? 0 : IN_DAY);
    this.#numbers[this.#length++] = (counter.journalNumber << WINDOW_BITS) | windows;
    if (this.#length === CAPACITY) this.#write();
    else if (!this.#isScheduled) this.#schedule();
  }

  /** What is admitted from here on goes into a new file. */
  turn(): void {
    this.#write();
    if (this.#named >= (this.#options.mostNames ?? MOST_NAMES)) this.#turnNames();
    this.#options.journal.turn();
  }

  /** The store has everything that was admitted before the last turn. */
  discard(): void {
    this.#options.journal.discard();
  }

  #name(counter: JournaledCounter): void {
    counter.journalNames = this.#names;
    counter.journalNumber = this.#named++;
    this.#newNames += `${counter.id}\n`;
  }

  #turnNames(): void {
    this.#options.journal.turnNames();
    this.#names++;
    this.#named = 0;
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
    const [names, count] = [this.#newNames, this.#length];
    this.#newNames = "";
    this.#length = 0;
    // Without their names, these and all later numbers would mean nothing, or something else.
    if (names !== "" && !journal.appendNames(Buffer.from(names))) {
      this.#turnNames();
      return;
    }
    const head: JournalHead = { clock: clocks.id, wallAheadMs: clocks.aheadMs, at: clocks.monotonic(), numbers: count };
    const numbers = Buffer.from(this.#numbers.buffer, 0, count * Int32Array.BYTES_PER_ELEMENT);
    journal.append(Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), numbers]));
  }
}
