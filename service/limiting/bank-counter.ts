/** What a node asks the bank about one counter: who waits for a decision, what is wanted, and what became of it. */
import { type Limits, NO_LIMITS } from "../../engine/api-key.ts";
import type { BankAnswer, BankAsk } from "../../engine/bank/bank.ts";
import { SECOND_MS } from "../../engine/duration.ts";
import { LIMIT_FIELDS } from "../../engine/limit-fields.ts";
import { Borrowed } from "./borrowed.ts";
import { Demand } from "./demand.ts";
import type { FirstReading } from "./limiter.ts";
import type { Till } from "./till.ts";

interface Waiting {
  readonly limits: Limits;
  readonly holds: boolean;
  resolve(admitsAt: number): void;
  reject(error: unknown): void;
}

/** An ask under way. */
export interface SentAsk {
  readonly ask: BankAsk;
  /** Those it decides. */
  readonly waiting: readonly Waiting[];
  readonly sentAt: number;
  /** The counter's `voids` when it was made. */
  readonly voids: number;
}

/** Times are of the node's monotonic clock. Every method opens the till, and closes it again. */
export class BankCounter {
  readonly till: Till;
  readonly borrowed: Borrowed;
  waiting: Waiting[] = [];
  state: "idle" | "queued" | "asking" = "idle";
  /** Another node wants to know when the bank has what this one gives back. */
  isRecalled = false;
  /** What one process had counted, before it moved to this database: it counts as long as the bank has nothing of the counter. */
  moved: string | undefined = undefined;
  /** What the look-up of its key read of the bank: the first ask needs no reading of its own. */
  first: FirstReading | undefined = undefined;
  /** False once the node stops. */
  mayBorrow = true;
  /** The limits of the last ask. */
  #limits: Limits | undefined = undefined;
  /** Grows when what an ask under way borrows must not be used. */
  #voids = 0;
  readonly #demand = new Demand();

  constructor(till: Till) {
    this.till = till;
    this.borrowed = new Borrowed(till);
  }

  get id(): string {
    return this.till.id;
  }

  /** What the look-up read, for one ask; undefined if the bank may have something of this node that was not in it. */
  takeFirst(): FirstReading | undefined {
    const { first } = this;
    this.first = undefined;
    return this.borrowed.isOwing ? undefined : first;
  }

  /** Whether something must be done without a request: the loan has ended, its slots are in use, or an earlier attempt failed. */
  isDue(now: number): boolean {
    return this.isRecalled || this.#opened((till) => till.isDue(now));
  }

  /** Whether what this ask has brought must be given back. */
  hasVoided(sent: SentAsk): boolean {
    return sent.voids !== this.#voids;
  }

  /** Uses nothing more that was borrowed, nor what an ask under way brings. */
  giveUp(): void {
    this.#voids++;
    this.#opened((till) => till.giveUp());
  }

  /**
   * Gives back what another node needs for so many requests, and half of the rest: who gives everything back must soon ask for more itself. What an
   * ask under way brings is given back whole, for it is too late to tell the bank how much is kept.
   */
  giveBack(needed: number): void {
    this.isRecalled = true;
    if (this.state === "asking") this.giveUp();
    else
      this.#opened((till) => {
        till.uses = Math.max(0, Math.floor((till.uses - needed) / 2));
        till.slots = 0;
      });
  }

  /** Begins an ask, for those who wait with the same limits as the first of them. */
  ask(node: string, id: string, now: number): SentAsk {
    // One of which nothing is known is recalled: any limits do to give its loan back.
    const limits = this.waiting[0]?.limits ?? this.#limits ?? NO_LIMITS;
    this.#limits = limits;
    const waiting = this.waiting.filter((each) => isSame(each.limits, limits));
    this.waiting = this.waiting.filter((each) => !isSame(each.limits, limits));
    const holding = limits.concurrentRequests === null ? 0 : waiting.filter(({ holds }) => holds).length;
    const { settle, keep, isHeld, isLeft } = this.#opened((till) => {
      if (!till.covers(limits)) {
        this.#voids++;
        till.giveUp();
      }
      if (!till.isUnder(limits)) till.reopen();
      const isLeft = waiting.length === 0 && !till.knowsLimits;
      if (!isLeft) till.comeUnder(limits);
      this.#demand.note(till.requests + waiting.length, Math.max(till.peak, till.active + holding), now);
      [till.requests, till.peak] = [0, till.active];
      if (waiting.length === 0) till.slots = Math.min(till.slots, Math.max(till.active, this.#demand.slots));
      return { ...this.borrowed.ask(id, waiting.length, holding, now), isHeld: till.holders > 0, isLeft };
    });
    const wants = this.mayBorrow && !this.isRecalled && isHeld && !isLeft;
    const ask: BankAsk = {
      node,
      id,
      limits,
      settle,
      keep,
      waiting: { requests: waiting.length, holding },
      want: {
        uses: wants ? Math.max(0, this.#demand.uses - keep.uses) : 0,
        slots: wants ? Math.max(0, this.#demand.slots - keep.slots - Math.max(0, holding - keep.spareSlots)) : 0,
      },
      isLeft,
    };
    return { ask, waiting, sentAt: now, voids: this.#voids };
  }

  /** Another node was faster, or the statement had been repeated and was the second: its requests wait again. */
  askAgain({ waiting }: SentAsk): void {
    this.waiting = [...waiting, ...this.waiting];
    this.#opened((till) => {
      till.isLowNoted = 0;
    });
  }

  /** The ask failed. `isUndone`: it certainly changed nothing at the bank. */
  failed(isUndone: boolean): void {
    this.#opened((till) => {
      till.isLowNoted = 0;
      if (isUndone) this.borrowed.unasked();
    });
  }

  /** Takes the answer in. Returns those who were not admitted; when they may try again is known afterwards. */
  answered({ ask, waiting, sentAt, voids }: SentAsk, answer: BankAnswer, isWritten: boolean, heardAt: number): readonly Waiting[] {
    const limitsSlots = ask.limits.concurrentRequests !== null;
    return this.#opened((till) => {
      if (isWritten) this.borrowed.lent(ask, answer, sentAt, voids !== this.#voids);
      else this.borrowed.settled();
      till.note(answer, this.#demand.meanwhile, heardAt);
      till.isLowNoted = 0;
      let [admissions, slots] = [answer.admitted, answer.slotsForWaiting];
      return waiting.filter((each) => {
        const needsSlot = each.holds && limitsSlots;
        if (admissions === 0 || (needsSlot && slots === 0)) return true;
        admissions--;
        if (needsSlot) slots--;
        if (each.holds) till.hold();
        each.resolve(0);
        return false;
      });
    });
  }

  /** Refuses them. `isCertain` unless another node may still give something back. */
  refuse(waiting: readonly Waiting[], { roomInMs }: BankAnswer, isCertain: boolean, now: number): void {
    this.#opened((till) => {
      if (roomInMs > 0) till.refuse(roomInMs, isCertain, now);
      for (const { holds, limits, resolve } of waiting) {
        const lacksSlot = roomInMs === 0 && holds && limits.concurrentRequests !== null;
        if (lacksSlot) till.refuseSlots(now);
        resolve(lacksSlot ? now + SECOND_MS : Math.max(till.roomAt, now + 1));
      }
    });
  }

  #opened<Result>(run: (till: Till) => Result): Result {
    this.till.open();
    try {
      return run(this.till);
    } finally {
      this.till.close();
    }
  }
}

/** Other threads send copies. */
function isSame(a: Limits, b: Limits): boolean {
  return a === b || LIMIT_FIELDS.every((field) => a[field] === b[field]);
}
