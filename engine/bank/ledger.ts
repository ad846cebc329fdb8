/** What counts against the windows of one counter: admissions, and loans as if they had been used up at their end. */
import type { Limits } from "../api-key.ts";
import { DAY_MS, MINUTE_MS } from "../duration.ts";
import { type Entries, merged, totalOf, withoutOld } from "./entries.ts";

/** How long admissions that were lent may be used, in bank time. */
export const LOAN_MS = 20_000;
/** The same for slots: as long as those of a node that has crashed stay taken. */
export const SLOTS_MS = 6_000;

export interface BankState {
  readonly minute: Entries;
  readonly day: Entries;
  /** At most one for each node. */
  readonly loans: readonly Loan[];
}

export interface Loan {
  readonly node: string;
  readonly id: string;
  /** Admissions. They count from the start of the loan until their window has passed after its end, or until they are settled. */
  readonly uses: number;
  /** Bank time at which they may no longer be used. */
  readonly end: number;
  /** Concurrent requests. They are free again at `slotsEnd`. */
  readonly slots: number;
  readonly slotsEnd: number;
  /** Those under which it was lent. */
  readonly limits: Limits;
}

export const EMPTY_BANK: BankState = Object.freeze({ minute: [], day: [], loans: [] });

export interface WindowStanding {
  /** What is neither admitted nor lent. */
  readonly free: number;
  /** After how long `free` grows, or is above 0 if it is 0 now. */
  readonly growsInMs: number;
}

/** Without what no longer counts. A loan that the minute has forgotten becomes an entry of the day. */
export function withoutPast({ minute, day, loans }: BankState, perDay: number | null, now: number): BankState {
  const isPast = ({ end }: Loan) => end + MINUTE_MS <= now;
  const entries = loans
    .filter((loan) => isPast(loan) && loan.uses > 0)
    .sort((a, b) => a.end - b.end)
    .flatMap(({ end, uses }) => [end, uses]);
  return {
    minute: withoutOld(minute, MINUTE_MS, now),
    day: withoutOld(entries.length > 0 ? merged(day, entries, perDay ?? 0) : day, DAY_MS, now),
    loans: loans.some(isPast) ? loans.filter((loan) => !isPast(loan)) : loans,
  };
}

/** Where one window stands, loans included. */
export function standingOf(entries: Entries, loans: readonly Loan[], windowMs: number, limit: number, now: number): WindowStanding {
  let total = totalOf(entries) + sumOf(loans, ({ uses }) => uses);
  const free = Math.max(0, limit - total);
  if (free === Number.POSITIVE_INFINITY) return { free, growsInMs: windowMs };
  const ends: [time: number, number: number][] = loans.map(({ end, uses }) => [end, uses]);
  for (let at = 0; at < entries.length; at += 2) ends.push([entries[at] as number, entries[at + 1] as number]);
  for (const [time, number] of ends.sort(([a], [b]) => a - b)) {
    total -= number;
    if (limit - total > free) return { free, growsInMs: time + windowMs - now };
  }
  return { free, growsInMs: windowMs };
}

export function sumOf<Item>(items: readonly Item[], numberOf: (item: Item) => number): number {
  let sum = 0;
  for (const item of items) sum += numberOf(item);
  return sum;
}
