/** The failures of several accounts in one row. */
import { describe, expect, test } from "vitest";
import { type AttemptLedger, beginAttempt, forgetAttempts } from "../../engine/attempt-ledger.ts";

const NOW = 1_000_000;

/** The ledger after so many failures of an account at this time. */
function failed(ledger: AttemptLedger, name: string, times = 1, now = NOW): AttemptLedger {
  let after = ledger;
  for (let failure = 0; failure < times; failure++) {
    const begun = beginAttempt(after, name, now);
    if (!("ledger" in begun)) throw new Error(`it may be made at ${begun.at}`);
    after = begun.ledger;
  }
  return after;
}

const count = (ledger: AttemptLedger, of: string): number => ledger.find(({ name }) => name === of)?.count ?? 0;

test("an attempt counts as failed until it is forgotten, and for its own account", () => {
  const five = failed(failed([], "ada", 5), "grace");
  expect(beginAttempt(five, "ada", NOW)).toEqual({ at: NOW + 1_000 });
  expect(count(failed(five, "grace"), "grace")).toBe(2);
  expect(count(failed(five, "ada", 1, NOW + 1_000), "ada")).toBe(6);
  expect(forgetAttempts(five, "ada", NOW)).toEqual([{ name: "grace", count: 1, lastAt: NOW }]);
});

test("nothing is changed that was given", () => {
  const ledger = Object.freeze(failed([], "ada").map((each) => Object.freeze(each)));
  failed(ledger, "ada");
  expect(count(ledger, "ada")).toBe(1);
});

describe("a flood of names", () => {
  const flooded = (ledger: AttemptLedger, names: number): AttemptLedger =>
    Array.from({ length: names }).reduce<AttemptLedger>((before, _, name) => failed(before, `name ${name}`), ledger);

  test("keeps the row short, and does not push out who failed more often", () => {
    const ledger = flooded(failed([], "ada", 5), 1_000);
    expect(ledger).toHaveLength(16);
    expect(count(ledger, "ada")).toBe(5);
  });

  test("leaves what no longer counts out", () => {
    expect(failed(flooded([], 10), "ada", 1, NOW + 15 * 60_000)).toEqual([{ name: "ada", count: 1, lastAt: NOW + 15 * 60_000 }]);
  });
});
