/** The window against an exact log of what it admitted: drawn arrivals, checked after each. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { admitsAt, countAdmission, growsAt, openWindow, remainingIn, restoreWindow, snapshotOf } from "../../engine/sliding-window.ts";

const WINDOW_MS = 60_000;
const NOW = Date.UTC(2026, 10, 20, 12);
const EVERY_ENTRY = Number.MAX_SAFE_INTEGER;

/** The window as the counters keep it: what counting returns replaces it. */
class Window {
  #kept = openWindow(WINDOW_MS);

  static restore(windowMs: number, entries: readonly number[]): Window {
    const window = new Window();
    window.#kept = restoreWindow(windowMs, entries);
    return window;
  }

  admit(limit: number, now: number): void {
    this.#kept = countAdmission(this.#kept, limit, now);
  }

  readonly admitsAt = (limit: number, now: number) => admitsAt(this.#kept, limit, now);
  readonly remaining = (limit: number, now: number) => remainingIn(this.#kept, limit, now);
  readonly growsAt = (limit: number, now: number) => growsAt(this.#kept, limit, now);
  readonly snapshot = (now: number, mostEntries: number) => snapshotOf(this.#kept, now, mostEntries);
}

/** Every admission with its time. What happened `WINDOW_MS` ago is outside: the stretch is half-open. */
class ExactLog {
  readonly #admissions: { at: number; count: number }[] = [];
  #within = 0;

  add(at: number, count: number): void {
    this.#admissions.push({ at, count });
    this.#within += count;
  }

  /** Admissions in the `WINDOW_MS` up to now. Asked with ascending times. */
  within(now: number): number {
    while (this.#admissions.length > 0 && this.#admissions[0]!.at <= now - WINDOW_MS) this.#within -= this.#admissions.shift()!.count;
    return this.#within;
  }
}

/** An expectation that is checked a million times: `expect` alone takes longer than the window. */
function must(holds: boolean, sentence: string): void {
  if (!holds) expect.fail(sentence);
}

/**
 * A window, the log, and two clocks: `real` only goes forward; the window's own is `behind` it, by more and more.
 * What must never be exceeded is counted in real time.
 */
class Simulation {
  window = new Window();
  readonly log = new ExactLog();
  real = NOW;
  behind = 0;
  limit: number;
  /** The largest limit that was in force: entries are as coarse as it made them. */
  largest: number;

  constructor(limit: number) {
    this.limit = this.largest = limit;
  }

  get clock(): number {
    return this.real - this.behind;
  }

  setLimit(limit: number): void {
    this.limit = limit;
    this.largest = Math.max(this.largest, limit);
  }

  /** As many requests at once. Returns how many were admitted. Never more than the limit in any stretch of a window. */
  arrive(count: number): number {
    const { window, limit, clock } = this;
    const left = window.remaining(limit, clock);
    let admitted = 0;
    while (admitted < count && window.admitsAt(limit, clock) === 0) {
      window.admit(limit, clock);
      admitted++;
    }
    must(admitted === Math.min(count, left), `${admitted} of ${count} passed with ${left} left`);
    this.log.add(this.real, admitted);
    must(admitted === 0 || this.log.within(this.real) <= limit, `a window holds ${this.log.within(this.real)}, the limit is ${limit}`);
    return admitted;
  }

  /** Whoever was refused waits until the time that was said: a millisecond earlier is too early, and then it passes. */
  waitAsTold(): void {
    const at = this.window.admitsAt(this.limit, this.clock);
    if (at === 0) return;
    expect(at).toBeGreaterThan(this.clock);
    this.real += at - 1 - this.clock;
    expect(this.window.admitsAt(this.limit, this.clock), "a millisecond too early").toBe(at);
    this.real += 1;
    expect(this.window.admitsAt(this.limit, this.clock), "the time that was said").toBe(0);
    expect(this.arrive(1)).toBe(1);
  }

  restart(mostEntries: number): void {
    this.window = Window.restore(WINDOW_MS, this.window.snapshot(this.clock, mostEntries));
  }

  get entries(): number {
    return this.window.snapshot(this.clock, EVERY_ENTRY).length / 2;
  }
}

const limit = fc.oneof(
  fc.integer({ min: 1, max: 20 }),
  fc.integer({ min: 1, max: 3_000 }),
  fc.constantFrom(999, 1_000, 1_001, 1_099, 1_999, 3_000),
);
const gap = fc.oneof(
  fc.constantFrom(0, 0, 1, WINDOW_MS - 1, WINDOW_MS, WINDOW_MS + 1),
  fc.integer({ min: 0, max: 50 }),
  fc.integer({ min: 0, max: WINDOW_MS }),
  fc.integer({ min: 0, max: 5 * WINDOW_MS }),
);
const burst = fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 3_500 }));

type Step = (simulation: Simulation) => void;
const arrives = fc.record({ gap, burst }).map(
  ({ gap, burst }): Step =>
    (s) => {
      s.real += gap;
      s.arrive(burst);
    },
);
/** A steady stream: what fills entries with admissions of different times. */
const streams = fc.record({ every: fc.integer({ min: 1, max: 40 }), count: fc.integer({ min: 1, max: 800 }) }).map(
  ({ every, count }): Step =>
    (s) => {
      for (let request = 0; request < count; request++) {
        s.real += every;
        s.arrive(1);
      }
    },
);
const waits = fc.constant<Step>((s) => s.waitAsTold());
const goesBack = fc.integer({ min: 1, max: 2 * WINDOW_MS }).map(
  (backMs): Step =>
    (s) => {
      s.behind += backMs;
    },
);
const changesLimit = limit.map(
  (limit): Step =>
    (s) =>
      s.setLimit(limit),
);
const restarts = fc.constantFrom(1, 2, 60, 128, 1_000).map(
  (mostEntries): Step =>
    (s) =>
      s.restart(mostEntries),
);

describe("whatever arrives", () => {
  test("no window ever holds more than the limit, a refusal is deserved, its time is true, and memory is bounded", () => {
    fc.assert(
      fc.property(limit, fc.array(fc.oneof(arrives, arrives, streams, waits), { minLength: 1, maxLength: 40 }), (limit, steps) => {
        const s = new Simulation(limit);
        const deserved = limit <= 1_000 ? limit : limit - Math.floor(limit / 100);
        for (const step of steps) {
          step(s);
          if (s.window.admitsAt(limit, s.clock) !== 0)
            expect(s.log.within(s.real), "admitted before a refusal").toBeGreaterThanOrEqual(deserved);
          expect(s.entries).toBeLessThanOrEqual(limit <= 1_000 ? limit : 201);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("nor when the clock goes back, limits change and the process restarts in between", () => {
    fc.assert(
      fc.property(
        limit,
        fc.array(fc.oneof(arrives, arrives, streams, waits, goesBack, changesLimit, restarts), { minLength: 1, maxLength: 40 }),
        (limit, steps) => {
          const s = new Simulation(limit);
          for (const step of steps) {
            step(s);
            expect(s.entries).toBeLessThanOrEqual(1_201);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test("a changed limit costs at most a hundredth of the largest one", () => {
    fc.assert(
      fc.property(limit, fc.array(fc.oneof(arrives, streams, waits, changesLimit), { minLength: 1, maxLength: 30 }), (limit, steps) => {
        const s = new Simulation(limit);
        for (const step of steps) {
          step(s);
          if (s.window.admitsAt(s.limit, s.clock) !== 0)
            expect(s.log.within(s.real)).toBeGreaterThanOrEqual(s.limit - Math.floor(s.largest / 100));
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe("at the edges of a window", () => {
  const admitted = (limit: number, times: readonly number[]) => {
    const window = new Window();
    return times.map((time) => {
      const at = window.admitsAt(limit, time);
      if (at === 0) window.admit(limit, time);
      return at;
    });
  };

  // biome-ignore format: a table
  test.each([
    ["one passes, and the next in a millisecond less than a window does not", 1, [0, 59_999],            [0, 60_000]],
    ["it passes a whole window later",                                        1, [0, 60_000],            [0, 0]],
    ["a burst at the seam of two minutes is one burst",                       2, [59_999, 59_999, 60_000, 60_001], [0, 0, 119_999, 119_999]],
    ["each admission leaves on its own",                                      2, [0, 10, 60_000, 60_009, 60_010], [0, 0, 0, 60_010, 0]],
    ["refusals are not counted",                                              1, [0, 1, 2, 3, 60_000],   [0, 60_000, 60_000, 60_000, 0]],
    ["two in the same millisecond leave together",                            2, [5, 5, 60_004, 60_005, 60_005], [0, 0, 60_005, 0, 0]],
    ["a clock that goes back finds the window as full",                       1, [60_000, 0],            [0, 120_000]],
    ["what a clock counts that is behind stays as long as the last before it", 2, [60_000, 0, 119_999, 120_000], [0, 0, 120_000, 0]],
  ])("%s", (_sentence, limit, times, responses) => {
    expect(
      admitted(
        limit,
        times.map((time) => NOW + time),
      ),
    ).toEqual(responses.map((at) => (at === 0 ? 0 : NOW + at)));
  });

  test.each([
    ["a limit of 1,000 is exact", 1_000, 1_000, 1_000],
    ["a limit of 1,001 shares entries of ten", 1_001, 1_001, 101],
    ["a limit of 100,000 shares entries of a thousand", 100_000, 59_999, 60],
    ["a burst in one millisecond is one entry", 1_000_000, 1, 1],
  ])("%s", (_sentence, limit, spreadMs, entries) => {
    const window = new Window();
    for (let request = 0; request < limit && request < 60_000; request++) {
      const now = NOW + (request % spreadMs === request ? request : 0);
      must(window.admitsAt(limit, now) === 0, `request ${request} is refused`);
      window.admit(limit, now);
    }
    expect(window.snapshot(NOW, EVERY_ENTRY).length / 2).toBe(entries);
  });

  test("a limit that was lowered below the count admits nobody until enough admissions have left the window", () => {
    const window = new Window();
    for (let second = 0; second < 10; second++) window.admit(10, NOW + second * 1_000);
    expect(window.remaining(3, NOW + 9_000)).toBe(0);
    expect(window.admitsAt(3, NOW + 9_000)).toBe(NOW + 7_000 + WINDOW_MS);
    expect(window.admitsAt(11, NOW + 9_000)).toBe(0);
  });
});

describe("what is left, and when there is more", () => {
  test("an empty window", () => {
    const window = new Window();
    expect([window.remaining(5, NOW), window.growsAt(5, NOW), window.snapshot(NOW, 10)]).toEqual([5, NOW + WINDOW_MS, []]);
  });

  test("grows when the first admission leaves, not before", () => {
    const window = new Window();
    window.admit(5, NOW);
    window.admit(5, NOW + 10);
    const growsAt = window.growsAt(5, NOW + 20);
    expect(growsAt).toBe(NOW + WINDOW_MS);
    expect([window.remaining(5, growsAt - 1), window.remaining(5, growsAt)]).toEqual([3, 4]);
    expect([NOW + 10 + WINDOW_MS - 1, NOW + 10 + WINDOW_MS].map((at) => window.snapshot(at, 10).length === 0)).toEqual([false, true]);
  });
});

describe("growsAt is the moment at which remaining grows", () => {
  // biome-ignore format: a table
  test.each([
    ["nothing is used: a window from now",                     5, [],            NOW + 100 + WINDOW_MS],
    ["some is left: when the first admission leaves",          5, [0, 10],       NOW + WINDOW_MS],
    ["all is used: when the first admission leaves",           2, [0, 10],       NOW + WINDOW_MS],
    ["the limit was lowered: when enough have left",           2, [0, 10, 20],   NOW + 10 + WINDOW_MS],
    ["lowered far: when all but none have left",               1, [0, 10, 20],   NOW + 20 + WINDOW_MS],
  ])("%s", (_sentence, limit, times, growsAt) => {
    const window = new Window();
    for (const time of times) window.admit(10, NOW + time);
    expect(window.growsAt(limit, NOW + 100)).toBe(growsAt);
    if (times.length === 0) return;
    const before = window.remaining(limit, growsAt - 1);
    expect(window.remaining(limit, growsAt)).toBeGreaterThan(before);
  });
});

describe("after a restart", () => {
  // biome-ignore format: a table
  test.each([
    ["every entry as it is",                   10, [0, 10, 20],             [NOW, 1, NOW + 10, 1, NOW + 20, 1]],
    ["neighbours joined at the later time",    2,  [0, 10, 20, 30],         [NOW + 10, 2, NOW + 30, 2]],
    ["the rest is the last entry",             2,  [0, 10, 20],             [NOW + 10, 2, NOW + 20, 1]],
    ["all in one",                             1,  [0, 10, 20],             [NOW + 20, 3]],
    ["what has left is left out",              10, [0, WINDOW_MS + 5],      [NOW + WINDOW_MS + 5, 1]],
  ])("%s", (_sentence, mostEntries, times, entries) => {
    const window = new Window();
    for (const time of times) window.admit(10, NOW + time);
    expect(window.snapshot(NOW + times.at(-1)!, mostEntries)).toEqual(entries);
  });

  test("a restored window never has more left than the one that was saved, nor admits sooner", () => {
    const later = fc.array(fc.integer({ min: 0, max: WINDOW_MS }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(
        limit,
        fc.array(fc.oneof(arrives, streams), { minLength: 1, maxLength: 15 }),
        fc.integer({ min: 1, max: 200 }),
        later,
        (limit, steps, mostEntries, gaps) => {
          const s = new Simulation(limit);
          for (const step of steps) step(s);
          const saved = s.window.snapshot(s.clock, mostEntries);
          expect(saved.length).toBeLessThanOrEqual(2 * mostEntries);
          const restored = Window.restore(WINDOW_MS, saved);
          for (const gap of [0, ...gaps]) {
            s.real += gap;
            expect(restored.remaining(limit, s.clock)).toBeLessThanOrEqual(s.window.remaining(limit, s.clock));
            expect(restored.admitsAt(limit, s.clock)).toBeGreaterThanOrEqual(s.window.admitsAt(limit, s.clock));
          }
          expect(restored.snapshot(s.clock + WINDOW_MS, 10)).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("a window saved whole is the same window", () => {
    fc.assert(
      fc.property(limit, fc.array(fc.oneof(arrives, streams), { minLength: 1, maxLength: 10 }), (limit, steps) => {
        const s = new Simulation(limit);
        for (const step of steps) step(s);
        const entries = s.window.snapshot(s.clock, EVERY_ENTRY);
        const restored = Window.restore(WINDOW_MS, entries);
        expect(restored.snapshot(s.clock, EVERY_ENTRY)).toEqual(entries);
        expect(restored.admitsAt(limit, s.clock)).toBe(s.window.admitsAt(limit, s.clock));
      }),
      { numRuns: 100 },
    );
  });
});
