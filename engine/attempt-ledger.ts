/** The failures of accounts that share a row of a database. A flood of names cannot make it long, nor push out who failed more often. */
import { attemptAt, type Failures, failuresAt, noteFailure } from "./attempt-spacing.ts";

/** Accounts with failures that still count, by name. */
export type AttemptLedger = readonly NamedFailures[];

interface NamedFailures extends Readonly<Failures> {
  readonly name: string;
}

const MOST_ACCOUNTS = 16;

/** Notes an attempt as failed, and returns the ledger with it; or the first time at which it may be made, and then notes nothing. */
export function beginAttempt(
  ledger: AttemptLedger,
  name: string,
  now: number,
): { readonly ledger: AttemptLedger } | { readonly at: number } {
  const failures = { ...(ledger.find((each) => each.name === name) ?? { name, count: 0, lastAt: now }) };
  const at = attemptAt(failures, now);
  if (at !== 0) return { at };
  noteFailure(failures, now);
  const others = forgetAttempts(ledger, name, now);
  const heaviest = others.length < MOST_ACCOUNTS ? others : others.toSorted((a, b) => b.count - a.count).slice(0, MOST_ACCOUNTS - 1);
  return { ledger: [...heaviest, failures] };
}

/** Without the failures of this account, and without those that no longer count. */
export function forgetAttempts(ledger: AttemptLedger, name: string, now: number): AttemptLedger {
  return ledger.filter((each) => each.name !== name && failuresAt(each, now) > 0);
}
