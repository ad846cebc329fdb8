/** The limiter that threads share, against the limiter of a single thread: drawn operations, the same outcome of each. */
import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Limits, NO_LIMITS } from "../../../engine/api-key.ts";
import { DAY_MS, MINUTE_MS } from "../../../engine/duration.ts";
import { Clocks } from "../../../service/clocks.ts";
import { MemoryLimiter } from "../../../service/limiting/memory-limiter.ts";
import { type SharedBuffer, shareMemory } from "../../../service/limiting/shared/memory.ts";
import { SharedLimiter } from "../../../service/limiting/shared/shared-limiter.ts";
import type { CounterState } from "../../../stores/contract.ts";

const NOW = Date.UTC(2026, 10, 20, 12);
const dead = (): never => {
  throw new Error("nobody holds the lock");
};

class Time {
  monotonic = 5_000;
  readonly clocks = new Clocks(() => NOW + this.monotonic, { id: "one", now: () => this.monotonic });
}

/** A store that has what batches wrote. `threads` views of one memory, as the threads of a process have them. */
function shared(time: Time, { threads = 1, initialBytes = 4_096 } = {}) {
  const stored = new Map<string, CounterState>();
  const buffer = shareMemory(initialBytes);
  const store = { findCounter: async (id: string) => stored.get(id) };
  const views = Array.from(
    { length: threads },
    () => new SharedLimiter({ buffer, capacity: 10, clocks: time.clocks, store, onDead: dead }),
  );
  return { stored, main: views[0] as SharedLimiter, views };
}

function save<Taken>(
  limiter: {
    takeUnsaved(): readonly Taken[];
    statesOf(taken: readonly Taken[], at: number): { counterId: string; state: CounterState }[];
    saved(taken: readonly Taken[]): void;
    notSaved(taken: readonly Taken[]): void;
  },
  stored: Map<string, CounterState>,
  isWritten = true,
): { counterId: string; state: CounterState }[] {
  const taken = limiter.takeUnsaved();
  const states = limiter.statesOf(taken, 0);
  if (isWritten) {
    for (const { counterId, state } of states) stored.set(counterId, JSON.parse(JSON.stringify(state)));
    limiter.saved(taken);
  } else limiter.notSaved(taken);
  return states.toSorted((a, b) => (a.counterId < b.counterId ? -1 : 1));
}

const IDS = ["key_1", "key_2", `key_${"3".repeat(120)}`];
const drawnLimits = fc.record({
  requestsPerMinute: fc.option(fc.integer({ min: 1, max: 40 })),
  requestsPerDay: fc.option(fc.integer({ min: 1, max: 90 })),
  concurrentRequests: fc.option(fc.integer({ min: 1, max: 3 })),
});
const operation = fc.record({
  kind: fc.constantFrom("admit", "admit", "admit", "enter", "leave", "release", "save", "wait"),
  id: fc.constantFrom(...IDS),
  thread: fc.nat(2),
  count: fc.integer({ min: 1, max: 30 }),
  flag: fc.boolean(),
  ms: fc.oneof(fc.nat(5), fc.nat(MINUTE_MS + 1), fc.nat(DAY_MS)),
});
type Operation = typeof operation extends fc.Arbitrary<infer Drawn> ? Drawn : never;

/** A key in memory, in both. */
interface Entered {
  readonly id: string;
  readonly view: SharedLimiter;
  readonly plain: NonNullable<ReturnType<MemoryLimiter["enter"]>>;
  readonly shared: NonNullable<ReturnType<SharedLimiter["enter"]>>;
}

/** Both limiters, each with a store of its own, and the same keys in both. */
class Both {
  readonly #time = new Time();
  readonly #plain = new MemoryLimiter({
    clocks: this.#time.clocks,
    store: { findCounter: async () => undefined },
    forgotten: () => undefined,
  });
  readonly #plainStored = new Map<string, CounterState>();
  readonly #shared = shared(this.#time, { threads: 3 });
  readonly #limits: ReadonlyMap<string, Limits>;
  readonly #entered: Entered[] = [];
  readonly #held: Entered[] = [];

  constructor(limits: readonly Limits[]) {
    this.#limits = new Map(IDS.map((id, at) => [id, limits[at] as Limits]));
  }

  readonly run: Record<Operation["kind"], (operation: Operation) => void> = {
    wait: ({ ms }) => {
      this.#time.monotonic += ms;
    },
    enter: ({ id, thread }) => {
      const view = this.#shared.views[thread] as SharedLimiter;
      const limits = this.#limitsOf(id);
      const ended = view.beginLookup();
      const plain = this.#plain.enter(id, limits, json(this.#plainStored.get(id)));
      const entered = view.enter(id, limits, json(this.#shared.stored.get(id)));
      ended();
      expect(entered === undefined).toBe(plain === undefined);
      if (plain !== undefined && entered !== undefined) this.#entered.push({ id, view, plain, shared: entered });
    },
    leave: ({ id }) => {
      const left = takeFirst(this.#entered, id);
      if (left === undefined) return;
      this.#plain.leave(left.plain);
      left.view.leave(left.shared);
    },
    release: ({ id }) => {
      const over = takeFirst(this.#held, id);
      if (over === undefined) return;
      this.#plain.release(over.plain);
      over.view.release(over.shared);
    },
    save: ({ flag: isWritten }) => {
      const { main, stored } = this.#shared;
      expect(save(main, stored, isWritten)).toEqual(save(this.#plain, this.#plainStored, isWritten));
    },
    admit: ({ id, count, flag: holds }) => {
      const key = this.#entered.find((entered) => entered.id === id);
      if (key === undefined) return;
      const [limits, now] = [this.#limitsOf(id), this.#time.monotonic];
      for (let turn = 0; turn < count; turn++) {
        const admitsAt = this.#plain.admit(key.plain, limits, now, holds);
        expect(key.view.admit(key.shared, limits, now, holds)).toBe(admitsAt);
        if (admitsAt === 0 && holds) this.#held.push(key);
      }
      expect(key.view.standing(key.shared, limits, now)).toEqual(this.#plain.standing(key.plain, limits, now));
      expect(key.view.wouldAdmit(key.shared, limits, now)).toBe(this.#plain.wouldAdmit(key.plain, limits, now));
    },
  };

  #limitsOf(id: string): Limits {
    return this.#limits.get(id) as Limits;
  }
}

const json = (state: CounterState | undefined) => state && JSON.stringify(state);

function takeFirst(keys: Entered[], id: string): Entered | undefined {
  const at = keys.findIndex((key) => key.id === id);
  return at < 0 ? undefined : keys.splice(at, 1)[0];
}

describe("the same outcome as in a single thread", () => {
  test("of admissions, refusals, standings and what is saved, in whichever thread, also after counters left memory and came back", () => {
    fc.assert(
      fc.property(fc.array(drawnLimits, { minLength: 3, maxLength: 3 }), fc.array(operation, { maxLength: 120 }), (limits, operations) => {
        const both = new Both(limits);
        for (const drawn of operations) both.run[drawn.kind](drawn);
      }),
      { numRuns: 400 },
    );
  });

  test("of limits whose windows group admissions, in windows that move as they grow", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 900, max: 4_000 }),
        fc.array(fc.record({ ms: fc.nat(3_000), count: fc.nat(400) }), { maxLength: 60 }),
        (limit, steps) => {
          const time = new Time();
          const { main } = shared(time);
          const plain = new MemoryLimiter({
            clocks: time.clocks,
            store: { findCounter: async () => undefined },
            forgotten: () => undefined,
          });
          const terms = { ...NO_LIMITS, requestsPerMinute: limit, requestsPerDay: limit * 3 };
          const [ours, theirs] = [main.enter("key_1", terms, undefined)!, plain.enter("key_1", terms, undefined)!];
          for (const { ms, count } of steps) {
            time.monotonic += ms;
            for (let turn = 0; turn < count; turn++) {
              time.monotonic += 0.25;
              if (main.admit(ours, terms, time.monotonic, false) !== plain.admit(theirs, terms, time.monotonic, false))
                expect.fail(`at ${time.monotonic}`);
            }
            expect(main.standing(ours, terms, time.monotonic)).toEqual(plain.standing(theirs, terms, time.monotonic));
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe("what memory keeps", () => {
  const terms = { ...NO_LIMITS, requestsPerMinute: 5 };

  test("a counter is forgotten when it is saved and no thread has a key of it", () => {
    const time = new Time();
    const { main, views, stored } = shared(time, { threads: 2 });
    const [one, other] = [main.enter("key_1", terms, undefined)!, views[1]!.enter("key_1", terms, undefined)!];
    main.admit(one, terms, time.monotonic, false);
    main.leave(one);
    for (let turn = 0; turn < 3; turn++) save(main, stored);
    expect(main.size).toBe(1);
    views[1]!.leave(other);
    for (let turn = 0; turn < 3; turn++) save(main, stored);
    expect(main.size).toBe(0);
  });

  test("a look-up that began before the counter was saved does not bring back what it read, however long it takes", () => {
    const time = new Time();
    const { main, views, stored } = shared(time, { threads: 2 });
    const other = views[1]!;
    // It reads that the store has nothing of the counter.
    const ended = other.beginLookup();
    const counter = main.enter("key_1", terms, undefined)!;
    for (let turn = 0; turn < 5; turn++) main.admit(counter, terms, time.monotonic, false);
    main.leave(counter);
    for (let turn = 0; turn < 10; turn++) save(main, stored);
    const late = other.enter("key_1", terms, undefined)!;
    expect(other.admit(late, terms, time.monotonic, false)).toBe(time.monotonic + MINUTE_MS);
    ended();
    other.leave(late);
    for (let turn = 0; turn < 3; turn++) save(main, stored);
    expect(main.size).toBe(0);
  });

  test("nor does one that began after it was saved, if it admitted and was saved once more meanwhile", () => {
    const time = new Time();
    const { main, views, stored } = shared(time, { threads: 2 });
    const other = views[1] as SharedLimiter;
    const use = (times: number) => {
      const counter = main.enter("key_1", terms, json(stored.get("key_1")))!;
      for (let turn = 0; turn < times; turn++) expect(main.admit(counter, terms, time.monotonic, false)).toBe(0);
      main.leave(counter);
      save(main, stored);
    };
    use(1);
    const ended = other.beginLookup();
    const read = json(stored.get("key_1"));
    use(4);
    const late = other.enter("key_1", terms, read)!;
    expect(other.admit(late, terms, time.monotonic, false)).toBe(time.monotonic + MINUTE_MS);
    ended();
  });

  test("one whose concurrent request ends after its key has left is forgotten too", () => {
    const time = new Time();
    const { main, stored } = shared(time);
    const held = { ...NO_LIMITS, concurrentRequests: 1 };
    const counter = main.enter("key_1", held, undefined)!;
    expect(main.admit(counter, held, time.monotonic, true)).toBe(0);
    main.leave(counter);
    for (let turn = 0; turn < 3; turn++) save(main, stored);
    expect(main.size).toBe(1);
    main.release(counter);
    for (let turn = 0; turn < 3; turn++) save(main, stored);
    expect(main.size).toBe(0);
  });

  test("memory that was freed is used again: a hundred thousand keys in turn take no more than a few", () => {
    const time = new Time();
    const buffer = shareMemory(4_096);
    const main = new SharedLimiter({
      buffer,
      capacity: 1_000,
      clocks: time.clocks,
      store: { findCounter: async () => undefined },
      onDead: dead,
    });
    const lengths: number[] = [];
    for (let round = 0; round < 100; round++) {
      for (let at = 0; at < 100; at++) {
        const counter = main.enter(`key_${round}_${at}`, terms, undefined)!;
        for (let turn = 0; turn < 5; turn++) main.admit(counter, terms, time.monotonic++, false);
        main.leave(counter);
      }
      save(main, new Map());
      lengths.push(buffer.byteLength);
    }
    expect(lengths.at(-1)).toBe(lengths[5]);
  });
});

/** Admits in a thread of its own until there is nothing more to admit; the response is how often it was admitted. */
const ADMITTER = `
const { workerData, parentPort } = require("node:worker_threads");
const { url, clocksUrl, buffer, limits, keys, turns } = workerData;
Promise.all([import(url), import(clocksUrl)]).then(([{ SharedLimiter }, { Clocks }]) => {
  const clocks = new Clocks(Date.now, { id: "one", now: () => 1_000 });
  const limiter = new SharedLimiter({ buffer, capacity: 10, clocks, store: { findCounter: async () => undefined }, onDead: () => process.exit(9) });
  const admitted = Object.fromEntries(keys.map((key) => [key, 0]));
  parentPort.once("message", () => {
    for (let turn = 0; turn < turns; turn++)
      for (const key of keys) {
        const counter = limiter.enter(key, limits, undefined);
        if (limiter.admit(counter, limits, 1_000 + turn / 1_000, false) === 0) admitted[key]++;
        limiter.leave(counter);
      }
    parentPort.postMessage(admitted);
  });
  parentPort.postMessage("ready");
});`;

async function admitInThreads(buffer: SharedBuffer, threads: number, data: { limits: Limits; keys: readonly string[]; turns: number }) {
  const at = (file: string) => new URL(`../../../service/${file}`, import.meta.url).href;
  const workers = Array.from(
    { length: threads },
    () =>
      new Worker(ADMITTER, {
        eval: true,
        workerData: { url: at("limiting/shared/shared-limiter.ts"), clocksUrl: at("clocks.ts"), buffer, ...data },
      }),
  );
  const next = (worker: Worker) =>
    new Promise<unknown>((resolve, reject) =>
      worker
        .once("message", resolve)
        .once("error", reject)
        .once("exit", (code) => reject(new Error(`ended with ${code}`))),
    );
  await Promise.all(workers.map(next));
  const results = workers.map(next);
  for (const worker of workers) worker.postMessage("go");
  const admitted = (await Promise.all(results)) as Record<string, number>[];
  await Promise.all(workers.map((worker) => worker.terminate()));
  return data.keys.map((key) => admitted.reduce((sum, of) => sum + (of[key] ?? 0), 0));
}

test("threads that admit at the same time admit exactly the limit, while another one saves and forgets", async () => {
  const buffer = shareMemory(4_096);
  const keys = ["key_1", "key_2", "key_3"];
  const terms = { ...NO_LIMITS, requestsPerMinute: 900, requestsPerDay: 20_000 };
  const time = new Time();
  time.monotonic = 1_000;
  const stored = new Map<string, CounterState>();
  const main = new SharedLimiter({
    buffer,
    capacity: 10,
    clocks: time.clocks,
    store: { findCounter: async () => undefined },
    onDead: dead,
  });
  // Held here: nothing that the threads bring back from no store may count.
  for (const key of keys) main.enter(key, terms, undefined);
  const saving = setInterval(() => save(main, stored), 1);
  const admitted = await admitInThreads(buffer, 3, { limits: terms, keys, turns: 3_000 });
  clearInterval(saving);
  expect(admitted).toEqual([900, 900, 900]);
  save(main, stored);
  expect(
    [...stored.values()].map(({ minute }) => minute.filter((_value, at) => at % 2 === 1).reduce((sum, count) => sum + count, 0)),
  ).toEqual([900, 900, 900]);
});
