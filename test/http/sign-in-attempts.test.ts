/** Attempts at accounts that nodes count together: what the database has to do for them is bounded by the address. */
import { BlockList } from "node:net";
import { expect, test } from "vitest";
import { SignInAttempts } from "../../http/sign-in/attempts.ts";

const CLIENT = { rawHeaders: [], socket: { remoteAddress: "203.0.113.7" } };

test("an address over its limit asks nothing about accounts, also of many attempts at once", async () => {
  const asked: string[] = [];
  const attempts = new SignInAttempts({
    perMinute: 3,
    clock: () => 1_000,
    trustedProxies: new BlockList(),
    attemptsTogether: {
      begin: async (account) => {
        asked.push(account);
        return 0;
      },
      succeed: async () => undefined,
    },
  });
  const begun = await Promise.all(Array.from({ length: 40 }, (_, at) => attempts.begin(CLIENT, `somebody-${at}@example.com`)));
  expect(begun.filter((problem) => problem === undefined)).toHaveLength(3);
  expect(asked).toHaveLength(3);
});
