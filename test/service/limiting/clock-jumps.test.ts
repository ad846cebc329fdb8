/**
 * The wall clock jumps; the limits hold in real time. Real time is the monotonic clock: it goes forward by what each step waits, and the
 * wall clock is ahead of it by whatever the jumps have made of it.
 */
import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../engine/duration.ts";
import { keyward as platform } from "../../../platforms/keyward.ts";
import { cautiousTime } from "../../../service/clocks.ts";
import { keyward } from "../../../service/index.ts";
import { openSqlite } from "../../../stores/sqlite/open.ts";
import { traceDirectory } from "../../support/root.ts";
import { freshKey, keyOf, must, testService } from "../../support/service.ts";

const START = Date.UTC(2026, 10, 20, 12);
const PER_MINUTE = 4;
const PER_DAY = 11;

/** Real time, and how far the wall clock is ahead of it. `machine` changes where real time is counted from another origin. */
class Time {
  real = 1_000_000;
  aheadMs = START - this.real;
  machine = "one";
  readonly wall = () => this.real + this.aheadMs;
  readonly monotonicClock = () => ({ id: this.machine, now: () => this.real });
}

/** Keyward on a store that stays open while the service above it is stopped and started. */
async function restartable(time: Time, cachedKeys: number) {
  const { store, close } = await openSqlite({ directory: traceDirectory("jumps") });
  const open = () =>
    keyward({
      platform,
      store,
      secret: "test-secret-test-secret-test-secret",
      clock: time.wall,
      monotonicClock: time.monotonicClock(),
      randomBytes,
      cachedKeys,
    });
  let service = await open();
  onTestFinished(async () => {
    await service.close();
    await close();
  });
  const organization = must(await service.organizations.create({ name: "Acme" }, "operator")).id;
  return {
    get service() {
      return service;
    },
    restart: async () => {
      await service.close();
      service = await open();
    },
    /** A limited key that has replaced another one, and a key that is there to push it out of memory. */
    async newKeys(): Promise<string[]> {
      const limits = { requestsPerMinute: PER_MINUTE, requestsPerDay: PER_DAY };
      const old = must(await service.keys.create(organization, { limits }, "operator"));
      const successor = must(await service.keys.rotate(organization, old.apiKey.id, {}, "operator"));
      return [keyOf(successor), keyOf(must(await service.keys.create(organization, {}, "operator")))];
    },
  };
}

/** What was admitted, by real time: how many more fit now, and when the next one does. */
class RealWindows {
  readonly admitted: number[] = [];

  within(windowMs: number, now: number): number[] {
    return this.admitted.filter((at) => at > now - windowMs);
  }

  /** When the next request fits: now or later. */
  fitsAt(now: number): number {
    const frees = ([windowMs, limit]: readonly [number, number]): number => {
      const within = this.within(windowMs, now);
      return within.length < limit ? now : (within[within.length - limit] ?? now) + windowMs;
    };
    return Math.max(
      ...(
        [
          [MINUTE_MS, PER_MINUTE],
          [DAY_MS, PER_DAY],
        ] as const
      ).map(frees),
    );
  }
}

const jump = fc.oneof(
  fc.constantFrom(DAY_MS, -DAY_MS, 3 * DAY_MS, -3 * DAY_MS, MINUTE_MS, -MINUTE_MS, -1, 1),
  fc.integer({ min: -2 * DAY_MS, max: 2 * DAY_MS }),
);
const wait = fc.oneof(
  fc.integer({ min: 0, max: 2_000 }),
  fc.integer({ min: 0, max: 2 * MINUTE_MS }),
  fc.integer({ min: 0, max: DAY_MS }),
  fc.constantFrom(MINUTE_MS, MINUTE_MS - 1),
);
const stepOf = <Kind extends string>(weight: number, kind: Kind, amount: fc.Arbitrary<number>) => ({
  weight,
  arbitrary: fc.record({ kind: fc.constant(kind), amount }),
});
const once = fc.constant(1);
const step = fc.oneof(
  stepOf(5, "requests", fc.integer({ min: 1, max: 6 })),
  stepOf(4, "wait", wait),
  stepOf(4, "jump", jump),
  stepOf(1, "restart", once),
  stepOf(1, "flush", once),
  stepOf(1, "evict", once),
);

describe("after any jumps of the wall clock", () => {
  test("no real minute or day exceeds the limit, no request is refused while there is room, and the announced time is true", async () => {
    const time = new Time();
    const world = await restartable(time, 1);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const [key = "", other = ""] = await world.newKeys();
        const windows = new RealWindows();
        const request = async (): Promise<void> => {
          const fitsAt = windows.fitsAt(time.real);
          const { code, retryAt } = await world.service.verify(key);
          expect(code).toBe(fitsAt === time.real ? "valid" : "rate_limited");
          if (code === "valid") windows.admitted.push(time.real);
          else expect(retryAt - time.wall()).toBe(fitsAt - time.real);
        };
        const run: Record<(typeof steps)[number]["kind"], (amount: number) => unknown> = {
          wait: (ms) => {
            time.real += ms;
          },
          jump: (ms) => {
            time.aheadMs += ms;
          },
          restart: () => world.restart(),
          flush: () => world.service.flush(),
          evict: () => world.service.verify(other),
          requests: async (count) => {
            for (let sent = 0; sent < count; sent++) await request();
          },
        };
        for (const { kind, amount } of steps) await run[kind](amount);
      }),
      { numRuns: 60 },
    );
  });

  test("on another machine, saved times in the future count as now: refused for a window at most", async () => {
    const time = new Time();
    const world = await restartable(time, 10);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 3 * DAY_MS }), fc.integer({ min: 0, max: MINUTE_MS - 1 }), async (backMs, waitedMs) => {
        const [key = ""] = await world.newKeys();
        time.aheadMs += backMs;
        for (let request = 0; request < PER_MINUTE; request++) expect((await world.service.verify(key)).code).toBe("valid");
        time.machine = `${time.machine}+`;
        time.real += waitedMs;
        time.aheadMs -= backMs;
        await world.restart();
        const refused = await world.service.verify(key);
        expect(refused.code).toBe("rate_limited");
        const waitMs = refused.retryAt - time.wall();
        expect(waitMs).toBeLessThanOrEqual(MINUTE_MS);
        expect(waitMs).toBeGreaterThanOrEqual(MINUTE_MS - waitedMs);
        time.real += waitMs;
        expect((await world.service.verify(key)).code).toBe("valid");
      }),
      { numRuns: 20 },
    );
  });

  test("a state that was saved before monotonic clocks were, with times a day ahead, refuses for a window at most", async () => {
    const { service, verifier, store, clock, newOrganization, newKey } = await testService();
    const { id, key } = await newKey(await newOrganization(), { limits: { requestsPerMinute: 60 } });
    const state = { minute: [clock.now - 1_000, 59, clock.now + DAY_MS, 1], day: [] };
    await store.recordUse({ outcomes: [], lastUses: [], counters: [{ counterId: id, state, at: clock.now + DAY_MS }] });
    const { code, retryAt } = await service.verify(key);
    expect([code, retryAt]).toEqual(["rate_limited", clock.now + MINUTE_MS - 1_000]);
    clock.now += MINUTE_MS - 1_000;
    expect(verifier.isRateLimited(id)).toBe(false);
    for (let request = 0; request < 59; request++) expect((await service.verify(key)).code).toBe("valid");
    clock.now += 1_000;
    expect((await service.verify(key)).code).toBe("valid");
  });
});

describe("one day ahead and back", () => {
  test("a service with its wall clock alone admits 60 in each minute after the correction", async () => {
    const { service, clock, newOrganization, newKey } = await testService();
    const { key } = await newKey(await newOrganization(), { limits: { requestsPerMinute: 60 } });
    clock.now += DAY_MS;
    await service.verify(key);
    clock.now -= DAY_MS;
    for (let minute = 0; minute < 3; minute++) {
      let admitted = 0;
      for (let request = 0; request < 100; request++) if ((await service.verify(key)).valid) admitted++;
      expect(admitted).toBe(minute === 0 ? 59 : 60);
      clock.now += MINUTE_MS;
    }
  });

  test("the end of a key follows the wall clock at once, in both directions", async () => {
    const { service, clock, newOrganization, newKey } = await testService();
    const { key } = await newKey(await newOrganization(), { expiresIn: "2h" });
    const codes: string[] = [];
    for (const byMs of [0, DAY_MS, -DAY_MS, 2 * HOUR_MS - 1, 1, -1]) {
      clock.now += byMs;
      codes.push((await service.verify(key)).code);
    }
    expect(codes).toEqual(["valid", "expired", "valid", "valid", "expired", "valid"]);
  });

  test("an unknown credential is looked up again after 30 seconds", async () => {
    const time = new Time();
    let lookUps = 0;
    const { service } = await testService({
      clock: time.wall,
      monotonicClock: time.monotonicClock(),
      wrap: (store) => ({
        ...store,
        findKeyByDigest: (digest) => {
          lookUps++;
          return store.findKeyByDigest(digest);
        },
      }),
    });
    const key = freshKey("live");
    const counts: number[] = [];
    for (const [byMs, waitMs] of [
      [DAY_MS, 0],
      [-DAY_MS, 29_999],
      [0, 1],
      [DAY_MS, 29_999],
      [-DAY_MS, 1],
    ] as const) {
      time.aheadMs += byMs;
      time.real += waitMs;
      await service.verify(key);
      counts.push(lookUps);
    }
    expect(counts).toEqual([1, 1, 2, 2, 3]);
  });

  test("the last use has the time of the corrected clock, in memory and in the store", async () => {
    const { service, store, clock, newOrganization, newKey } = await testService();
    const organization = await newOrganization();
    const { id, key } = await newKey(organization);
    for (const byMs of [DAY_MS, -DAY_MS, 5_000]) {
      clock.now += byMs;
      await service.flush();
      await service.verify(key);
      await service.flush();
      expect(must(await service.keys.get(organization, id)).lastUsedAt).toBe(clock.now);
      expect((await store.findKey(organization, id))?.lastUsedAt).toBe(clock.now);
    }
  });

  test("the state of limits is in real seconds", async () => {
    const time = new Time();
    const { service, newOrganization, newKey } = await testService({ clock: time.wall, monotonicClock: time.monotonicClock() });
    const organization = await newOrganization();
    const { id, key } = await newKey(organization, { limits: { requestsPerMinute: 3 } });
    await service.verify(key);
    time.real += 20_000;
    time.aheadMs += DAY_MS;
    const verdict = await service.verify(key);
    for (const byMs of [0, -DAY_MS]) {
      time.aheadMs += byMs;
      const standing = { name: "minute", limit: 3, remaining: 1, resetSeconds: 40, windowSeconds: 60 };
      expect(verdict.rateLimits()).toEqual([standing]);
      expect(must(await service.keys.limits(organization, id))).toEqual([{ ...standing, from: "key" }]);
    }
  });
});

test("a clock that is ahead for a moment deletes nothing early; a lasting correction is accepted", () => {
  const time = new Time();
  const pruneTime = cautiousTime({ wall: time.wall, monotonic: () => time.real });
  const told = (waitMs: number, jumpMs: number): number => {
    time.real += waitMs;
    time.aheadMs += jumpMs;
    return pruneTime() - time.wall();
  };
  expect(told(HOUR_MS, 0)).toBe(0);
  expect(told(HOUR_MS, 3 * DAY_MS)).toBe(-3 * DAY_MS);
  expect(told(HOUR_MS, -3 * DAY_MS)).toBe(0);
  expect(told(HOUR_MS, 3 * DAY_MS)).toBe(-3 * DAY_MS);
  expect(told(HOUR_MS, 0)).toBe(0);
});
