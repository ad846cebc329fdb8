/** The bank's state of one counter as text: times as differences, so that a thousand admissions take some five kilobytes. */
import type { Entries } from "./entries.ts";
import { type BankState, EMPTY_BANK, LOAN_MS, type Loan, SLOTS_MS } from "./ledger.ts";

interface Saved {
  readonly minute: readonly number[];
  readonly day: readonly number[];
  readonly loans: readonly Loan[];
  /** How far the database's clock was ahead of bank time when this was written. Absent in what older versions wrote. */
  readonly aheadMs?: number;
}

export function toText({ minute, day, loans }: BankState, aheadMs: number): string {
  return JSON.stringify({ minute: differences(minute), day: differences(day), loans, aheadMs } satisfies Saved);
}

interface ReadState {
  readonly state: BankState;
  /** Its times were moved: it must be written, or they would move again. */
  readonly isMoved: boolean;
}

/**
 * The state at bank time `now`; that of an unknown counter is undefined. Where the nodes have put bank time forward since it was written, its times
 * move forward with it, up to now: what was written while the clock was behind does not become older by that than it is.
 */
export function fromText(text: string | undefined, { aheadMs, now }: { readonly aheadMs: number; readonly now: number }): ReadState {
  if (text === undefined) return { state: EMPTY_BANK, isMoved: false };
  const saved = JSON.parse(text) as Saved;
  const state = { minute: times(saved.minute), day: times(saved.day), loans: saved.loans };
  const { aheadMs: before = aheadMs } = saved;
  if (before === aheadMs) return { state, isMoved: false };
  const moved = (at: number, latest: number) => Math.min(at + Math.max(0, before - aheadMs), Math.ceil(latest));
  const entries = (given: Entries) => given.map((value, at) => (at % 2 === 1 ? value : moved(value, now)));
  const loans = state.loans.map((loan) => ({
    ...loan,
    end: moved(loan.end, now + LOAN_MS),
    slotsEnd: moved(loan.slotsEnd, now + SLOTS_MS),
  }));
  return { state: { minute: entries(state.minute), day: entries(state.day), loans }, isMoved: true };
}

/**
 * The state of a counter that one process counted before it moved to a database with a bank. Its times are those of the wall clock; `aheadMs` turns
 * them into bank time, and one that would lie in the future counts as now.
 */
export function fromCounter({ minute, day }: { readonly minute: Entries; readonly day: Entries }, aheadMs: number, now: number): BankState {
  const inBankTime = (entries: Entries) => entries.map((value, at) => (at % 2 === 1 ? value : Math.ceil(Math.min(value - aheadMs, now))));
  return { minute: inBankTime(minute), day: inBankTime(day), loans: [] };
}

function differences(entries: Entries): number[] {
  return entries.map((value, at) => (at % 2 === 1 || at === 0 ? value : value - (entries[at - 2] as number)));
}

function times(saved: readonly number[]): number[] {
  let time = 0;
  return saved.map((value, at) => {
    if (at % 2 === 1) return value;
    time += value;
    return time;
  });
}
