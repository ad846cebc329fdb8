/** What a node has borrowed of one counter, and what it has admitted from that without the bank knowing yet. Times are of the node's monotonic clock. */
import { type BankAnswer, type BankAsk, DRIFT, LOAN_MS, SLOTS_MS } from "../../engine/bank/bank.ts";

/** How long a node uses a loan by its own clock, from when it began to ask: its clock may be the slower one. */
const USABLE_MS = LOAN_MS * (1 - DRIFT);
const SLOTS_USABLE_MS = SLOTS_MS * (1 - DRIFT);
/** Admissions of one such stretch share an entry, at the time of the last of them: a loan has a thousand entries at most. */
const TOGETHER_MS = LOAN_MS / 1_000;

export class Borrowed {
  /** Admissions left. */
  uses = 0;
  /** Concurrent requests that may be under way here. There may be more, from before; then none is added. */
  slots = 0;
  endsAt = Number.NEGATIVE_INFINITY;
  slotsEndAt = Number.NEGATIVE_INFINITY;
  /** Loans that the bank may have under this node's name, the newest last, and from which place of `#used` on their admissions are. */
  #loans: { readonly id: string; readonly from: number }[] = [];
  /** `[time, number, ...]`, oldest first. */
  #used: number[] = [];
  /** The last entry belongs to an earlier loan, or there is none. */
  #isSealed = true;

  /** Whether the bank may count something for this node that it has not settled. */
  get isOwing(): boolean {
    return this.#loans.length > 0;
  }

  hasUse(now: number): boolean {
    return this.uses > 0 && now < this.endsAt;
  }

  hasSlot(active: number, now: number): boolean {
    return active < this.slots && now < this.slotsEndAt;
  }

  /** Whether the loan has ended, or must be renewed for the requests under way to keep their slots. */
  isDue(keepsSlots: boolean, now: number): boolean {
    return now >= this.endsAt || (keepsSlots && now >= this.slotsEndAt - SLOTS_USABLE_MS / 2);
  }

  /** When it is time to borrow anew, so that no request has to wait. */
  get renewAt(): number {
    return this.endsAt - USABLE_MS / 4;
  }

  /** Counts an admission. Call it only if `hasUse`. */
  use(now: number): void {
    this.uses--;
    const last = this.#used.length - 2;
    if (this.#isSealed || Math.floor((this.#used[last] as number) / TOGETHER_MS) !== Math.floor(now / TOGETHER_MS)) {
      this.#used.push(now, 1);
      this.#isSealed = false;
    } else {
      this.#used[last] = now;
      (this.#used[last + 1] as number) += 1;
    }
  }

  /** Uses nothing more of it; requests under way go on. What the bank counts stays as it is until it is settled. */
  giveUp(): void {
    this.uses = 0;
    this.slots = 0;
  }

  /**
   * Begins an ask for the loan `id`. What is admitted from now on belongs to that loan, should the bank make it. Of the free slots, those that
   * `holding` requests wait for are theirs.
   */
  ask(
    id: string,
    { active, holding }: { readonly active: number; readonly holding: number },
    now: number,
  ): Pick<BankAsk, "settle" | "keep"> {
    if (now >= this.endsAt) this.uses = 0;
    if (now >= this.slotsEndAt) this.slots = 0;
    const settle = this.#loans.map(({ id: loan, from }) => ({
      loan,
      used: this.#used.slice(from).map((value, at) => (at % 2 === 0 ? now - value : value)),
    }));
    this.#loans.push({ id, from: this.#used.length });
    this.#isSealed = true;
    const spareSlots = Math.max(0, this.slots - active);
    const keep = { uses: this.uses, slots: Math.max(this.slots, active), spareSlots };
    this.slots -= Math.min(spareSlots, holding);
    return { settle, keep };
  }

  /** The ask certainly changed nothing at the bank. When that is not known, leave it in the list. */
  unasked(): void {
    this.#loans.pop();
    if (this.#loans.length === 0) this.#used = [];
  }

  /** The bank has nothing under this node's name. */
  settled(): void {
    this.#loans = [];
    this.#used = [];
  }

  /** The bank has done what the ask said, and lent what the answer says on top of what was kept. With `isVoid`, nothing of that is used. */
  lent(ask: BankAsk, { uses, slots, slotsAtMost }: BankAnswer, sentAt: number, isVoid: boolean): void {
    const newest = this.#loans.at(-1) as { id: string; from: number };
    this.#used = this.#used.slice(newest.from);
    const isLoan = ask.keep.uses + uses > 0 || ask.keep.slots + slots > 0;
    this.#loans = isLoan ? [{ id: newest.id, from: 0 }] : [];
    if (isVoid) return;
    this.uses += uses;
    // Under a limit that was lowered, requests under way may be more than are allowed: what they release is gone.
    this.slots = Math.min(ask.keep.slots + slots, slotsAtMost);
    this.endsAt = sentAt + USABLE_MS;
    this.slotsEndAt = sentAt + SLOTS_USABLE_MS;
  }
}
