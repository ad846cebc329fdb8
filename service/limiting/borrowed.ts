/** The loans of one counter that the bank may have under this node's name, and what of them the bank does not know yet. Call everything with the till open. */
import type { BankAnswer, BankAsk } from "../../engine/bank/bank.ts";
import type { Till } from "./till.ts";

export class Borrowed {
  readonly #till: Till;
  /** The newest last, and from which place of the list of admissions on each has been used. */
  #loans: { readonly id: string; readonly from: number }[] = [];

  constructor(till: Till) {
    this.#till = till;
  }

  /** Whether the bank may count something for this node that it has not settled. */
  get isOwing(): boolean {
    return this.#loans.length > 0;
  }

  /**
   * Begins an ask for the loan `id`. What is admitted from now on belongs to that loan, should the bank make it. Of what is free here, requests that wait
   * have their part: an admission for each, which the bank gets back to decide by, and a slot for each of those that are `holding`.
   */
  ask(id: string, waiting: number, holding: number, now: number): Pick<BankAsk, "settle" | "keep"> {
    const till = this.#till;
    till.endPast(now);
    till.listLatest();
    const settle = this.#loans.map(({ id: loan, from }) => ({
      loan,
      used: till.used.from(from).map((value, at) => (at % 2 === 0 ? now - value : value)),
    }));
    this.#loans.push({ id, from: till.used.length });
    till.uses -= Math.min(till.uses, waiting);
    const spareSlots = Math.max(0, till.slots - till.active);
    const keep = { uses: till.uses, slots: Math.max(till.slots, till.active), spareSlots };
    till.slots -= Math.min(spareSlots, holding);
    return { settle, keep };
  }

  /** The ask certainly changed nothing at the bank. When that is not known, leave it in the list. */
  unasked(): void {
    this.#loans.pop();
    if (this.#loans.length === 0) this.#dropAll();
  }

  /** The bank has nothing under this node's name. */
  settled(): void {
    this.#loans = [];
    this.#dropAll();
  }

  /** The bank has done what the ask said, and lent what the answer says on top of what was kept. With `isVoid`, nothing of that is used. */
  lent(ask: BankAsk, { uses, slots, slotsAtMost }: BankAnswer, sentAt: number, isVoid: boolean): void {
    const newest = this.#loans.at(-1) as { id: string; from: number };
    this.#till.used.drop(newest.from);
    const isLoan = ask.keep.uses + uses > 0 || ask.keep.slots + slots > 0;
    this.#loans = isLoan ? [{ id: newest.id, from: 0 }] : [];
    // Under a limit that was lowered, requests under way may be more than are allowed: what they release is gone.
    if (!isVoid) this.#till.add(uses, Math.min(ask.keep.slots + slots, slotsAtMost), sentAt);
  }

  #dropAll(): void {
    this.#till.latest = 0;
    this.#till.used.drop(this.#till.used.length);
  }
}
