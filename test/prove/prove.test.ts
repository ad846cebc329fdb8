/** The short form of `npm run prove`, and that its checks can fail. */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { printedSeed } from "../support/simulations.ts";
import { Counter, KnownKey } from "./history.ts";
import { prove } from "./prove.ts";

test("three nodes on one PostgreSQL, stopped, killed, cut off and confused, give no answer that cannot be true", async () => {
  const directory = mkdtempSync(join(tmpdir(), "keyward-proof-"));
  chmodSync(directory, 0o755);
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const proof = await prove({ directory, seed: printedSeed("proof"), operations: 4_000 });
  expect(proof.violations).toEqual([]);
  expect(proof.operations).toBeGreaterThanOrEqual(4_000);
}, 120_000);

const known = () => new KnownKey("key_1", "secret", "org_1", 0, new Counter(undefined));
const at = (began: number, code: string) => ({ node: 0, began, ended: began + 1, code });

test.each<[what: string, key: () => KnownKey, verification: Parameters<KnownKey["fault"]>[0], fault: RegExp | undefined]>([
  ["a key that was revoked is accepted", () => changed("revoke", 0, 10), at(10, "valid"), /after an answered revocation/],
  ["a key is accepted while its revocation is under way", () => changed("revoke", 0, 10), at(9, "valid"), undefined],
  ["a key is revoked before anybody revoked it", () => changed("revoke", 5, 10), at(1, "revoked"), /nobody had revoked it/],
  ["a key that was disabled is accepted", () => changed("disable", 0, 10), at(10, "valid"), /after an answered disabling/],
  ["a key that was enabled is disabled", () => changed("enable", 0, 10), at(10, "disabled"), /after an answered enabling/],
  ["nobody knows whether it was disabled", () => changed("disable", 0, undefined), at(10, "valid"), undefined],
  ["a key is unknown after its creation was answered", known, at(1, "not_found"), /its creation had been answered/],
])("%s", (_what, key, verification, fault) => {
  const told = key().fault(verification);
  if (fault === undefined) expect(told).toBeUndefined();
  else expect(told).toMatch(fault);
});

function changed(kind: "revoke" | "disable" | "enable", began: number, ended: number | undefined): KnownKey {
  const key = known();
  key.changes.push({ kind, began, ended });
  return key;
}

test.each<[what: string, limits: Counter["limits"], admitted: readonly [number, number][], over: number]>([
  [
    "three in a minute under a limit of two",
    [{ began: 0, ended: 0, limit: 2 }],
    [
      [0, 1],
      [10, 11],
      [59_000, 59_001],
    ],
    1,
  ],
  [
    "the third one minute after the first",
    [{ began: 0, ended: 0, limit: 2 }],
    [
      [0, 1],
      [10, 11],
      [60_000, 60_001],
    ],
    0,
  ],
  [
    "one that may have ended after the minute",
    [{ began: 0, ended: 0, limit: 2 }],
    [
      [0, 1],
      [10, 11],
      [59_000, 61_000],
    ],
    0,
  ],
  [
    "a limit that was lowered, and counted from then on",
    [
      { began: 0, ended: 0, limit: 9 },
      { began: 5, ended: 10, limit: 1 },
    ],
    [
      [20, 21],
      [30, 31],
    ],
    1,
  ],
  [
    "a limit that was lowered in the middle of a minute",
    [
      { began: 0, ended: 0, limit: 9 },
      { began: 25, ended: 26, limit: 1 },
    ],
    [
      [20, 21],
      [30, 31],
    ],
    0,
  ],
])("%s", (_what, limits, admitted, over) => {
  const counter = new Counter(undefined);
  counter.limits.push(...limits);
  for (const [began, ended] of admitted) counter.admitted(began, ended);
  expect(counter.excess(100_000).over).toBe(over);
});
