/** The bank's state of one counter as text: times as differences, so that a thousand admissions take some five kilobytes. */
import type { Entries } from "./entries.ts";
import { type BankState, EMPTY_BANK, type Loan } from "./ledger.ts";

interface Saved {
  readonly minute: readonly number[];
  readonly day: readonly number[];
  readonly loans: readonly Loan[];
}

export function toText({ minute, day, loans }: BankState): string {
  return JSON.stringify({ minute: differences(minute), day: differences(day), loans } satisfies Saved);
}

/** The state of an unknown counter is undefined. */
export function fromText(text: string | undefined): BankState {
  if (text === undefined) return EMPTY_BANK;
  const { minute, day, loans } = JSON.parse(text) as Saved;
  return { minute: times(minute), day: times(day), loans };
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
