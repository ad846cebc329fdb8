/**
 * The limiter of a thread whose process is a node among several: it admits from what the node has borrowed, which is in memory that the threads
 * share. The main thread alone borrows and settles (`bank-limiter.ts`).
 */
import type { Limits } from "../../../engine/api-key.ts";
import { isUnlimited, type RateLimit } from "../../../engine/limits.ts";
import type { BroughtByLookup, FirstReading, Limiter } from "../limiter.ts";
import { localStanding } from "../local-standing.ts";
import { MUST_ASK } from "../till.ts";
import { SharedTill, type SharedTills, type TillHandle } from "./shared-till.ts";

/** What the main thread does for the others. Promises that nobody waits for may reject. */
export interface BankDesk {
  /** As `Limiter.admit`. */
  admit(counterId: string, limits: Limits, holds: boolean, brought: BroughtByLookup): Promise<number>;
  /** It is time to borrow again. */
  noteLow(counterId: string): Promise<void>;
  /** No key counts with it any more. */
  noteLeft(counterId: string): Promise<void>;
  standingOf(counterId: string, limits: Limits): Promise<readonly RateLimit[]>;
}

interface BorrowingLimiterOptions {
  readonly tills: SharedTills;
  readonly desk: BankDesk;
  /** Whether this node's clock can be trusted now. */
  readonly isAwake: (now: number) => boolean;
}

interface BorrowedCounter extends TillHandle {
  place: TillHandle["place"];
  serial: number;
  readonly saved: string | undefined;
  /** Until the main thread has had it. */
  first: FirstReading | undefined;
}

const ignore = () => undefined;

export class BorrowingLimiter implements Limiter {
  readonly #options: BorrowingLimiterOptions;
  readonly #till: SharedTill;

  constructor(options: BorrowingLimiterOptions) {
    this.#options = options;
    this.#till = new SharedTill(options.tills, { id: "", place: 0, serial: 0 });
  }

  /** How many counters are in memory, whichever thread brought them. */
  get size(): number {
    return this.#options.tills.size;
  }

  enter(id: string, limits: Limits, saved: string | undefined, first?: FirstReading): BorrowedCounter | undefined {
    return isUnlimited(limits) ? undefined : { ...this.#options.tills.hold(id), saved, first };
  }

  leave(counter: BorrowedCounter): void {
    this.#till.of(counter).leave();
    this.#noteIfLeft(counter);
  }

  admit(counter: BorrowedCounter, limits: Limits, now: number, holds: boolean): number | Promise<number> {
    const admitsAt = this.#till.of(counter).admit(limits, now, holds, this.#options.isAwake);
    // Old from here on: a key that waits for no answer must not keep it in memory.
    if (counter.first !== undefined && admitsAt !== MUST_ASK) counter.first = undefined;
    if (admitsAt >= 0) return admitsAt;
    if (admitsAt === MUST_ASK) return this.#ask(counter, limits, holds);
    this.#options.desk.noteLow(counter.id).catch(ignore);
    return 0;
  }

  release(counter: BorrowedCounter): void {
    if (this.#till.of(counter).endRequest()) this.#noteIfLeft(counter);
  }

  standing(counter: BorrowedCounter, limits: Limits, now: number): readonly RateLimit[] {
    return localStanding(this.#till.of(counter), limits, now);
  }

  standingOf(id: string, limits: Limits): Promise<readonly RateLimit[]> {
    return this.#options.desk.standingOf(id, limits);
  }

  wouldAdmit(counter: BorrowedCounter, limits: Limits, now: number): boolean {
    return this.#till.of(counter).wouldAdmit(limits, now);
  }

  /**
   * Keeps the record until the answer has come: its key may leave meanwhile, and another thread's message that it has left may arrive before this one.
   * In another record the request would be under way for ever.
   */
  async #ask(counter: BorrowedCounter, limits: Limits, holds: boolean): Promise<number> {
    const { desk, tills } = this.#options;
    const { id, saved, first } = counter;
    counter.first = undefined;
    const { place, serial } = tills.hold(id);
    [counter.place, counter.serial] = [place, serial];
    try {
      return await desk.admit(id, limits, holds, { saved, first });
    } finally {
      this.#till.of(counter).letGo();
      this.#noteIfLeft(counter);
    }
  }

  /** What it does with the counter, the main thread must do. */
  #noteIfLeft(counter: BorrowedCounter): void {
    if (!this.#till.of(counter).isHeld) this.#options.desk.noteLeft(counter.id).catch(ignore);
  }
}
