/** Three processes on one PostgreSQL share the limits of a key: together they never admit more than one would, also when one is killed. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { settingsOfTest } from "../support/postgres.ts";
import { type ServerProcess, startProcess } from "../support/server-process.ts";

interface Seen {
  readonly status: number;
  readonly began: number;
  readonly ended: number;
  readonly retryAfter: number;
}

async function threeNodes(upstream: string) {
  const env = await settingsOfTest();
  const start = () => startProcess({ env, args: ["--upstream", upstream] });
  const first = await start();
  const [second, third] = await Promise.all([start(), start()]);
  const organization = await first.newOrganization();
  const newKey = async (limits: Record<string, number>) => (await first.newKey(organization, { limits })).key;
  return { first, second, third, newKey };
}

/** An API that takes its time, and counts the requests that are under way. */
async function slowUpstream() {
  const seen = { active: 0, most: 0 };
  const server = createServer((request, response) => {
    seen.most = Math.max(seen.most, ++seen.active);
    let isOver = false;
    const over = () => {
      if (!isOver) seen.active--;
      isOver = true;
    };
    response.on("close", over);
    request.resume();
    setTimeout(20).then(() => {
      // Before the response: the node may admit the next one as soon as it has it.
      over();
      response.end("ok");
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  onTestFinished(() => void server.close());
  return { seen, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** Offers requests to a node, some at a time, until they are spent or the node is gone. */
async function offer(node: ServerProcess, key: string, requests: number, path = "/keyward/v1/whoami"): Promise<Seen[]> {
  const seen: Seen[] = [];
  let left = requests;
  const lane = async (): Promise<void> => {
    while (left-- > 0) {
      const began = performance.now();
      try {
        const { status, headers } = await fetch(node.url + path, { headers: { authorization: `Bearer ${key}` } });
        seen.push({ status, began, ended: performance.now(), retryAfter: Number(headers.get("retry-after")) });
      } catch {
        return;
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, lane));
  return seen;
}

const admittedOf = (seen: readonly Seen[]) => seen.filter(({ status }) => status === 200);

/** The most admissions of which it is certain that they lie within one minute. */
function mostInAMinute(seen: readonly Seen[]): number {
  const admitted = admittedOf(seen);
  return Math.max(0, ...admitted.map(({ began }) => admitted.filter((each) => each.began >= began && each.ended < began + 60_000).length));
}

async function expectExactly(limit: number, nodes: readonly ServerProcess[], key: string): Promise<void> {
  const began = performance.now();
  const seen = (await Promise.all(nodes.map((node) => offer(node, key, limit / 2)))).flat();
  expect(performance.now() - began).toBeLessThan(60_000);
  expect(admittedOf(seen)).toHaveLength(limit);
  const refused = seen.filter(({ status }) => status === 429);
  expect(refused).toHaveLength(seen.length - limit);
  const firstRoom = Math.min(...admittedOf(seen).map((each) => each.began)) + 60_000;
  for (const { ended, retryAfter } of refused) {
    expect(ended + retryAfter * 1_000).toBeGreaterThanOrEqual(firstRoom);
    expect(retryAfter).toBeLessThanOrEqual(61);
  }
}

test("offered to three nodes at once, limits are met exactly, Retry-After is true, and kill -9 of one and of another changes nothing", async () => {
  const upstream = await slowUpstream();
  const { first, second, third, newKey } = await threeNodes(upstream.url);
  const all = [first, second, third];
  await expectExactly(60, all, await newKey({ requestsPerMinute: 60 }));
  await expectExactly(600, all, await newKey({ requestsPerMinute: 600 }));

  const concurrent = await newKey({ concurrentRequests: 5 });
  let killed = setTimeout(500).then(() => third.kill("SIGKILL"));
  const served = async (nodes: readonly ServerProcess[], requests: number) =>
    admittedOf((await Promise.all(nodes.map((node) => offer(node, concurrent, requests, "/thing")))).flat()).length;
  let total = await served(all, 600);
  await killed;
  // Refusals are quick, and a busy machine serves few requests beside them: the two that are left go on until they have served enough.
  for (const until = performance.now() + 20_000; total <= 50 && performance.now() < until; ) total += await served([first, second], 50);
  expect(upstream.seen.most).toBeLessThanOrEqual(5);
  expect(upstream.seen.most).toBeGreaterThan(2);
  expect(total).toBeGreaterThan(50);

  const perMinute = await newKey({ requestsPerMinute: 600 });
  killed = setTimeout(150).then(() => second.kill("SIGKILL"));
  const seen = (await Promise.all([first, second].map((node) => offer(node, perMinute, 600)))).flat();
  await killed;
  expect(mostInAMinute(seen)).toBeLessThanOrEqual(600);
  // What the killed one had borrowed is lost for a minute; the rest is not.
  expect(admittedOf(seen).length).toBeGreaterThan(200);
  expect((await offer(first, perMinute, 10)).every(({ status }) => status === 429)).toBe(true);
});
