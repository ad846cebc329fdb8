/** What a node knows of one counter of the bank: what it has borrowed, who waits for a decision, and how long it is refused. */
import { type Limits, NO_LIMITS } from "../../engine/api-key.ts";
import type { BankAnswer, BankAsk } from "../../engine/bank/bank.ts";
import { SECOND_MS } from "../../engine/duration.ts";
import { LIMIT_FIELDS } from "../../engine/limit-fields.ts";
import { Borrowed } from "./borrowed.ts";
import { Demand } from "./demand.ts";
import type { LimitCounter } from "./limiter.ts";

/** How long a refusal for want of a slot holds. Nobody knows when a request under way ends. */
const SLOTS_CLOSED_MS = 100;

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

/** Times are of the node's monotonic clock. */
export class BankCounter implements LimitCounter {
  readonly id: string;
  /** Keys in memory that count with it. */
  holders = 0;
  /** Requests under way here. */
  active = 0;
  readonly borrowed = new Borrowed();
  waiting: Waiting[] = [];
  state: "idle" | "queued" | "asking" = "idle";
  /** Another node wants to know when the bank has what this one gives back. */
  isRecalled = false;
  /** What one process had counted, before it moved to this database: it counts as long as the bank has nothing of the counter. */
  moved: string | undefined = undefined;
  /** False once the node stops. */
  mayBorrow = true;
  /** The last answer, and when it came. */
  answer: BankAnswer | undefined = undefined;
  answeredAt = 0;
  /** The limits under which the bank last lent and refused. */
  #limits: Limits | undefined = undefined;
  /** Grows when what an ask under way borrows must not be used. */
  #voids = 0;
  readonly #demand = new Demand();
  #requests = 0;
  #peak = 0;
  /** Fewer left than this, or later than this: time to borrow again. */
  #lowAt = -1;
  #renewAt = Number.POSITIVE_INFINITY;
  /** Refused until `#closedUntil`; the first moment with room, as far as is known, is `#roomAt`. */
  #roomAt = 0;
  #closedUntil = 0;
  #slotsClosedUntil = 0;

  constructor(id: string) {
    this.id = id;
  }

  /** Whether a request can be admitted here and now. */
  has(limits: Limits, now: number, holds: boolean): boolean {
    const needsSlot = holds && limits.concurrentRequests !== null;
    const needsUse = limits.requestsPerMinute !== null || limits.requestsPerDay !== null;
    if (!needsSlot && !needsUse) return true;
    if (needsUse && !(this.borrowed.hasUse(now) && this.#isCovered(limits))) return false;
    return !needsSlot || (this.borrowed.hasSlot(this.active, now) && this.#isCovered(limits));
  }

  /** Admits a request for which `has` is true. */
  take(limits: Limits, now: number, holds: boolean): void {
    this.#requests++;
    if (limits.requestsPerMinute !== null || limits.requestsPerDay !== null) this.borrowed.use(now);
    if (holds) this.hold();
  }

  hold(): void {
    this.active++;
    if (this.active > this.#peak) this.#peak = this.active;
  }

  release(): void {
    this.active--;
    this.#slotsClosedUntil = 0;
  }

  /** Whether something must be done without a request: the loan has ended, its slots are in use, or an earlier attempt failed. */
  isDue(now: number): boolean {
    return this.isRecalled || this.borrowed.isDue(this.active > 0 && this.#limits?.concurrentRequests !== null, now);
  }

  /** Whether what this ask has brought must be given back. */
  hasVoided(sent: SentAsk): boolean {
    return sent.voids !== this.#voids;
  }

  /** Whether it is time to borrow again, before requests have to wait. */
  isLow(now: number): boolean {
    return this.state === "idle" && (this.borrowed.uses <= this.#lowAt || now >= this.#renewAt);
  }

  /** When a request that cannot be admitted here would pass, if that is known; 0 when the bank must be asked. */
  refusedUntil(limits: Limits, now: number, holds: boolean): number {
    if (this.#limits === undefined || !(isWithin(limits, this.#limits) && isWithin(this.#limits, limits))) return 0;
    if (now < this.#closedUntil) return this.#roomAt;
    return holds && now < this.#slotsClosedUntil ? now + SECOND_MS : 0;
  }

  /** Uses nothing more that was borrowed, nor what an ask under way brings. */
  giveUp(): void {
    this.#voids++;
    this.borrowed.giveUp();
  }

  /** Refusals that were known hold no longer: under other limits, or because slots were released. */
  reopen(): void {
    this.#closedUntil = 0;
    this.#slotsClosedUntil = 0;
  }

  /** Begins an ask, for those who wait with the same limits as the first of them. */
  ask(node: string, id: string, now: number): SentAsk {
    // One of which nothing is known is recalled: any limits do to give its loan back.
    const limits = this.waiting[0]?.limits ?? this.#limits ?? NO_LIMITS;
    if (!this.#isCovered(limits)) this.giveUp();
    if (this.#limits !== limits) this.reopen();
    this.#limits = limits;
    const waiting = this.waiting.filter((each) => each.limits === limits);
    this.waiting = this.waiting.filter((each) => each.limits !== limits);
    const holding = limits.concurrentRequests === null ? 0 : waiting.filter(({ holds }) => holds).length;
    this.#demand.note(this.#requests + waiting.length, Math.max(this.#peak, this.active + holding), now);
    [this.#requests, this.#peak] = [0, this.active];
    if (waiting.length === 0) this.borrowed.slots = Math.min(this.borrowed.slots, Math.max(this.active, this.#demand.slots));
    const { settle, keep } = this.borrowed.ask(id, { active: this.active, holding }, now);
    const wants = this.mayBorrow && !this.isRecalled && this.holders > 0;
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
    };
    return { ask, waiting, sentAt: now, voids: this.#voids };
  }

  /** Another node was faster, or the statement had been repeated and was the second: its requests wait again. */
  askAgain({ waiting }: SentAsk): void {
    this.waiting = [...waiting, ...this.waiting];
  }

  /** Takes the answer in. Returns those who were not admitted; when they may try again is known afterwards. */
  answered({ ask, waiting, sentAt, voids }: SentAsk, answer: BankAnswer, isWritten: boolean, heardAt: number): readonly Waiting[] {
    if (isWritten) this.borrowed.lent(ask, answer, sentAt, voids !== this.#voids);
    else this.borrowed.settled();
    [this.answer, this.answeredAt] = [answer, heardAt];
    // Where nothing was to be had, asking in the background is of no use.
    this.#lowAt = answer.uses > 0 ? Math.min(this.#demand.meanwhile, answer.uses >> 1) : -1;
    this.#renewAt = answer.uses > 0 ? this.borrowed.renewAt : Number.POSITIVE_INFINITY;
    let [admissions, slots] = [answer.admitted, answer.slotsForWaiting];
    const limitsSlots = ask.limits.concurrentRequests !== null;
    return waiting.filter((each) => {
      const needsSlot = each.holds && limitsSlots;
      if (admissions === 0 || (needsSlot && slots === 0)) return true;
      admissions--;
      if (needsSlot) slots--;
      if (each.holds) this.hold();
      each.resolve(0);
      return false;
    });
  }

  /** Refuses them. `isCertain` unless another node may still give something back: then the next request after a second asks again. */
  refuse(waiting: readonly Waiting[], { roomInMs }: BankAnswer, isCertain: boolean, now: number): void {
    if (roomInMs > 0) {
      this.#roomAt = now + roomInMs;
      this.#closedUntil = isCertain ? this.#roomAt : Math.min(this.#roomAt, now + SECOND_MS);
    }
    for (const { holds, limits, resolve } of waiting) {
      const lacksSlot = roomInMs === 0 && holds && limits.concurrentRequests !== null;
      if (lacksSlot) this.#slotsClosedUntil = now + SLOTS_CLOSED_MS;
      resolve(lacksSlot ? now + SECOND_MS : Math.max(this.#roomAt, now + 1));
    }
  }

  /** Whether what was lent may be used under these limits: they are at least those under which it was lent. */
  #isCovered(limits: Limits): boolean {
    return this.#limits === limits || (this.#limits !== undefined && isWithin(this.#limits, limits));
  }
}

/** Whether no limit of `inner` is above that of `outer`. */
function isWithin(inner: Limits, outer: Limits): boolean {
  return LIMIT_FIELDS.every((field) => (inner[field] ?? Number.POSITIVE_INFINITY) <= (outer[field] ?? Number.POSITIVE_INFINITY));
}
