/**
 * What a process may admit of one counter of the bank without asking: what it has borrowed, what of that is used, how long it is refused. All of
 * it is numbers, so that the threads of a process can share it (`shared/shared-till.ts`). Times are of the node's monotonic clock.
 */
import type { Limits } from "../../engine/api-key.ts";
import { type BankAnswer, DRIFT } from "../../engine/bank/bank.ts";
import { LOAN_MS, SLOTS_MS } from "../../engine/bank/ledger.ts";
import { SECOND_MS } from "../../engine/duration.ts";
import { AdmissionList, type Admissions } from "./admission-list.ts";
import type { LimitCounter } from "./limiter.ts";
import { TillState } from "./till-state.ts";

/** How long a node uses a loan by its own clock, from when it began to ask: its clock may be the slower one. */
const USABLE_MS = LOAN_MS * (1 - DRIFT);
const SLOTS_USABLE_MS = SLOTS_MS * (1 - DRIFT);
/** Admissions of one such stretch share an entry, at the time of the last of them: a loan has a thousand entries at most. */
const TOGETHER_MS = LOAN_MS / 1_000;
/** What `admit` says besides times: admitted, and it is time to borrow again; the bank must be asked. */
const IS_LOW = -1;
export const MUST_ASK = -2;
/** How long a refusal for want of a slot holds. Nobody knows when a request under way ends. */
const SLOTS_CLOSED_MS = 100;

export class Till extends TillState implements LimitCounter {
  readonly id: string;
  /** What was admitted and the bank does not know yet, but for the latest. */
  readonly used: Admissions;

  constructor(id: string, used: Admissions = new AdmissionList()) {
    super();
    this.id = id;
    this.used = used;
  }

  /**
   * Admits a request if it can. 0 when admitted, or `IS_LOW`; when refused, the first time at which it would pass; or `MUST_ASK`. `mayUse` says
   * whether the clock of this machine can be trusted with what was borrowed.
   */
  admit(limits: Limits, now: number, holds: boolean, mayUse: (now: number) => boolean): number {
    this.open();
    try {
      if (this.has(limits, now, holds) && mayUse(now)) {
        this.#take(limits, now, holds);
        return this.#becomesLow(now) ? IS_LOW : 0;
      }
      const admitsAt = this.#refusedUntil(limits, now, holds);
      return admitsAt === 0 ? MUST_ASK : admitsAt;
    } finally {
      this.close();
    }
  }

  wouldAdmit(limits: Limits, now: number): boolean {
    this.open();
    try {
      return this.has(limits, now, true) || this.#refusedUntil(limits, now, true) === 0;
    } finally {
      this.closeUnchanged();
    }
  }

  /** Ends a request that was admitted with `holds`. True when it was the last one, and no key in memory counts with this any more. */
  endRequest(): boolean {
    this.open();
    this.active--;
    this.slotsClosedUntil = 0;
    const isLeft = this.holders === 0 && this.active === 0;
    this.close();
    return isLeft;
  }

  /** A key that counts with it has come into memory. */
  enter(): void {
    this.open();
    this.holders++;
    this.close();
  }

  /** It has left, or was changed: neither loans nor refusals under its limits hold any longer, also those that an ask under way brings. */
  leave(): void {
    this.open();
    this.holders--;
    this.reopen();
    this.perMinute = Number.NaN;
    this.close();
  }

  /** Who kept it until an answer came needs it no longer. */
  letGo(): void {
    this.open();
    this.holders--;
    this.close();
  }

  /** Whether a key in memory counts with it. */
  get isHeld(): boolean {
    this.open();
    const isHeld = this.holders > 0;
    this.closeUnchanged();
    return isHeld;
  }

  /** Whether requests are under way. */
  get isBusy(): boolean {
    this.open();
    const isBusy = this.active > 0;
    this.closeUnchanged();
    return isBusy;
  }

  /** What follows, and the numbers, may be used between `open` and `close` alone. Not reentrant. */
  open(): void {
    // In the memory of one thread nobody comes in between.
  }

  close(): void {
    // The same.
  }

  /** In place of `close`, where nothing was changed. */
  closeUnchanged(): void {
    // The same.
  }

  /** Whether a request can be admitted here and now. */
  has(limits: Limits, now: number, holds: boolean): boolean {
    const needsSlot = holds && limits.concurrentRequests !== null;
    const needsUse = limits.requestsPerMinute !== null || limits.requestsPerDay !== null;
    if (!needsSlot && !needsUse) return true;
    if (needsUse && !this.hasUse(now)) return false;
    return (!needsSlot || this.hasSlot(now)) && this.covers(limits);
  }

  hold(): void {
    this.active++;
    if (this.active > this.peak) this.peak = this.active;
  }

  hasUse(now: number): boolean {
    return this.uses > 0 && now < this.endsAt;
  }

  hasSlot(now: number): boolean {
    return this.active < this.slots && now < this.slotsEndAt;
  }

  /** Whether what was lent may be used under these limits: they are at least those under which it was lent. */
  covers({ requestsPerMinute, requestsPerDay, concurrentRequests }: Limits): boolean {
    return (
      this.perMinute <= (requestsPerMinute ?? Number.POSITIVE_INFINITY) &&
      this.perDay <= (requestsPerDay ?? Number.POSITIVE_INFINITY) &&
      this.concurrent <= (concurrentRequests ?? Number.POSITIVE_INFINITY)
    );
  }

  /** Whether these are the limits under which the bank last lent and refused. */
  isUnder({ requestsPerMinute, requestsPerDay, concurrentRequests }: Limits): boolean {
    return (
      this.perMinute === (requestsPerMinute ?? Number.POSITIVE_INFINITY) &&
      this.perDay === (requestsPerDay ?? Number.POSITIVE_INFINITY) &&
      this.concurrent === (concurrentRequests ?? Number.POSITIVE_INFINITY)
    );
  }

  /** Whether a request has asked since a key left: before that, nobody knows which limits are in force. */
  get knowsLimits(): boolean {
    return !Number.isNaN(this.perMinute);
  }

  comeUnder({ requestsPerMinute, requestsPerDay, concurrentRequests }: Limits): void {
    this.perMinute = requestsPerMinute ?? Number.POSITIVE_INFINITY;
    this.perDay = requestsPerDay ?? Number.POSITIVE_INFINITY;
    this.concurrent = concurrentRequests ?? Number.POSITIVE_INFINITY;
  }

  /** Whether the loan has ended, or must be renewed for the requests under way to keep their slots. */
  isDue(now: number): boolean {
    const keepsSlots = this.active > 0 && this.concurrent !== Number.POSITIVE_INFINITY;
    return now >= this.endsAt || (keepsSlots && now >= this.slotsEndAt - SLOTS_USABLE_MS / 2);
  }

  /** Uses nothing more of what was borrowed; requests under way go on. What the bank counts stays as it is until it is settled. */
  giveUp(): void {
    this.uses = 0;
    this.slots = 0;
  }

  /** Refusals that were known hold no longer: under other limits, or because slots were released. */
  reopen(): void {
    this.closedUntil = 0;
    this.slotsClosedUntil = 0;
  }

  /** What has ended is not used any more. */
  endPast(now: number): void {
    if (now >= this.endsAt) this.uses = 0;
    if (now >= this.slotsEndAt) this.slots = 0;
  }

  /** The bank has lent so much on top of what was kept, for an ask that began at `sentAt`. */
  add(uses: number, slots: number, sentAt: number): void {
    this.uses += uses;
    this.slots = slots;
    this.endsAt = sentAt + USABLE_MS;
    this.slotsEndAt = sentAt + SLOTS_USABLE_MS;
  }

  /** Takes in where the limits stand. `meanwhile`: admissions that are used up while an ask is under way. */
  note({ uses, minute, day, slotsElsewhere }: BankAnswer, meanwhile: number, heardAt: number): void {
    this.answeredAt = heardAt;
    [this.minuteFree, this.minuteGrowsInMs] = [minute.free, minute.growsInMs];
    [this.dayFree, this.dayGrowsInMs] = [day.free, day.growsInMs];
    this.slotsElsewhere = slotsElsewhere;
    // Where nothing was to be had, asking in the background is of no use.
    this.lowAt = uses > 0 ? Math.min(meanwhile, uses >> 1) : -1;
    this.renewAt = uses > 0 ? this.endsAt - USABLE_MS / 10 : Number.POSITIVE_INFINITY;
  }

  /** Refuses until there is room. `isCertain` unless another node may still give something back: then the next request after a second asks again. */
  refuse(roomInMs: number, isCertain: boolean, now: number): void {
    this.roomAt = now + roomInMs;
    this.closedUntil = isCertain ? this.roomAt : Math.min(this.roomAt, now + SECOND_MS);
  }

  refuseSlots(now: number): void {
    this.slotsClosedUntil = now + SLOTS_CLOSED_MS;
  }

  /** Admits a request for which `has` is true. */
  #take(limits: Limits, now: number, holds: boolean): void {
    this.requests++;
    if (limits.requestsPerMinute !== null || limits.requestsPerDay !== null) this.#use(now);
    if (holds) this.hold();
  }

  /** Whether it is time to borrow again, before requests have to wait. True once, until somebody has asked. */
  #becomesLow(now: number): boolean {
    if (this.isLowNoted === 1 || (this.uses > this.lowAt && now < this.renewAt)) return false;
    this.isLowNoted = 1;
    return true;
  }

  /** When a request that cannot be admitted here would pass, if that is known; 0 when the bank must be asked. */
  #refusedUntil(limits: Limits, now: number, holds: boolean): number {
    if ((now >= this.closedUntil && now >= this.slotsClosedUntil) || !this.isUnder(limits)) return 0;
    if (now < this.closedUntil) return this.roomAt;
    return holds && now < this.slotsClosedUntil ? now + SECOND_MS : 0;
  }

  /** Puts the last admissions into the list. Those after this get an entry of their own. */
  listLatest(): void {
    if (this.latest > 0) this.used.push(this.latestAt, this.latest);
    this.latest = 0;
  }

  #use(now: number): void {
    this.uses--;
    if (this.latest > 0 && Math.floor(this.latestAt / TOGETHER_MS) !== Math.floor(now / TOGETHER_MS)) this.listLatest();
    this.latest++;
    this.latestAt = now;
  }
}
