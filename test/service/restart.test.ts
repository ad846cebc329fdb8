/** What is still true after Keyward was stopped and started again. */
import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { agentsend } from "../../platforms/agentsend.ts";
import { keyward as platform } from "../../platforms/keyward.ts";
import { keyward } from "../../service/index.ts";
import { openSqlite } from "../../stores/sqlite/open.ts";
import { traceDirectory } from "../support/root.ts";
import { keyOf, must } from "../support/service.ts";

const SECRET = "test-secret-test-secret-test-secret";

async function open(directory: string, clock: { now: number }) {
  const { store, close } = await openSqlite({ directory });
  const service = await keyward({ platform, store, secret: SECRET, clock: () => clock.now, randomBytes });
  return {
    service,
    stop: async () => {
      await service.close();
      await close();
    },
  };
}

test("counters of both windows survive a restart", async () => {
  const directory = traceDirectory("restart");
  const clock = { now: Date.UTC(2026, 10, 20, 12) };
  let { service, stop } = await open(directory, clock);
  const organization = must(await service.organizations.create({ name: "Acme" }, "operator")).id;
  const key = keyOf(must(await service.keys.create(organization, { limits: { requestsPerMinute: 5, requestsPerDay: 7 } }, "operator")));
  const codes: string[] = [];
  const restart = async () => {
    await stop();
    ({ service, stop } = await open(directory, clock));
  };
  for (const step of [
    "verify",
    "verify",
    "restart",
    "verify",
    "verify",
    "restart",
    "verify",
    "verify",
    "restart",
    "verify",
    "a minute",
    "verify",
    "restart",
    "verify",
    "verify",
  ]) {
    if (step === "restart") await restart();
    else if (step === "a minute") clock.now += 60_000;
    else codes.push((await service.verify(key)).code);
  }
  await stop();
  expect(codes).toEqual([...Array(5).fill("valid"), "rate_limited", "rate_limited", "valid", "valid", "rate_limited"]);
});

test.each([
  ["another secret", { secret: "another-secret-another-secret-another" }, /made with another secret/],
  ["another platform", { platform: agentsend }, /does not belong to the platform agentsend/],
  ["a secret that is too short", { secret: "short" }, /at least 32 characters/],
])("%s: a database refuses to be opened", async (_name, wrong, sentence) => {
  const directory = traceDirectory("restart");
  const { stop } = await open(directory, { now: Date.now() });
  await stop();
  const { store, close } = await openSqlite({ directory });
  await expect(keyward({ platform, store, secret: SECRET, ...wrong })).rejects.toThrow(sentence);
  await close();
});
