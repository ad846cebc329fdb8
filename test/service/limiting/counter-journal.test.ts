/** What `kill -9` leaves of counters: whatever was handed on in time counts after the restart, once. */
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { NO_LIMITS } from "../../../engine/api-key.ts";
import { MINUTE_MS } from "../../../engine/duration.ts";
import { Clocks } from "../../../service/clocks.ts";
import { CounterJournal } from "../../../service/limiting/counter-journal.ts";
import { MemoryLimiter } from "../../../service/limiting/memory-limiter.ts";
import { recoverCounters } from "../../../service/limiting/recover-counters.ts";
import type { CounterState, UseBatch } from "../../../stores/contract.ts";
import type { Journal } from "../../../stores/journal-contract.ts";
import { openJournal } from "../../../stores/sqlite/journal.ts";
import { traceDirectory } from "../../support/root.ts";

const NOW = Date.UTC(2026, 10, 20, 12);
const LIMITS = { ...NO_LIMITS, requestsPerMinute: 10, requestsPerDay: 15 };

/** A machine with a directory and a database, on which processes begin and are killed. */
function machine() {
  const directory = traceDirectory("journal");
  const saved = new Map<string, CounterState>();
  const store = {
    findCounter: async (id: string) => saved.get(id),
    recordUse: async ({ counters }: UseBatch) => {
      for (const { counterId, state } of counters) saved.set(counterId, state);
    },
  };
  const time = { monotonic: 5_000.5, boot: "one" };
  return {
    time,
    saved,
    directory,
    /** Begins a process. It is killed by calling nothing more of it. */
    async start({ mostNames }: { mostNames?: number } = {}) {
      const clocks = new Clocks(() => NOW + time.monotonic, { id: time.boot, now: () => time.monotonic });
      const file = openJournal(directory);
      await recoverCounters({ journal: file, store, clocks });
      const pending: (() => void)[] = [];
      const timers = {
        after(_ms: number, run: () => void) {
          pending.push(run);
          return () => undefined;
        },
      };
      const disk = { isFull: false };
      /** Takes half of what it is given when it is full. */
      const onDisk: Journal = {
        ...file,
        appendNames: (bytes) => file.appendNames(disk.isFull ? bytes.subarray(0, bytes.length / 2) : bytes) && !disk.isFull,
      };
      const journal = new CounterJournal({ journal: onDisk, clocks, timers, ...(mostNames === undefined ? {} : { mostNames }) });
      const limiter = new MemoryLimiter({ clocks, store, forgotten: () => undefined, journal });
      const admit = (id: string, times: number): number => {
        const state = saved.get(id);
        const counter = limiter.enter(id, LIMITS, state && JSON.stringify(state));
        let admitted = 0;
        for (let request = 0; request < times; request++)
          if (limiter.admit(counter as never, LIMITS, time.monotonic, false) === 0) admitted++;
        return admitted;
      };
      return {
        admit,
        disk,
        /** Some milliseconds pass. */
        handOn: () => {
          for (const run of pending.splice(0)) run();
        },
        /** What the recorder does once a second. */
        save: async (isWritten = true, isEmptied = true) => {
          const taken = limiter.takeUnsaved();
          if (!isWritten) return limiter.notSaved(taken);
          await store.recordUse({ outcomes: [], lastUses: [], counters: limiter.statesOf(taken, NOW) });
          limiter.saved(taken);
          if (isEmptied) limiter.allSaved();
        },
      };
    },
  };
}

describe("after a kill", () => {
  test("what was handed on counts, in every window, and nothing else", async () => {
    const { time, start } = machine();
    const first = await start();
    expect(first.admit("key_1", 4)).toBe(4);
    first.handOn();
    expect(first.admit("key_1", 3)).toBe(3);
    const second = await start();
    expect(second.admit("key_1", 20)).toBe(6);
    second.handOn();
    time.monotonic += MINUTE_MS + 1;
    const third = await start();
    expect(third.admit("key_1", 20)).toBe(5);
  });

  test("what was saved counts once", async () => {
    const { start } = machine();
    const first = await start();
    first.admit("key_1", 4);
    first.handOn();
    await first.save();
    first.admit("key_1", 2);
    first.handOn();
    expect((await start()).admit("key_1", 20)).toBe(4);
  });

  test("what was saved counts once, also if the end came before the journal was emptied", async () => {
    const { start, time } = machine();
    const first = await start();
    first.admit("key_1", 4);
    first.handOn();
    time.monotonic += 20;
    await first.save(true, false);
    time.monotonic += 20;
    first.admit("key_1", 2);
    first.handOn();
    expect((await start()).admit("key_1", 20)).toBe(4);
  });

  test("what could not be saved is in the journal until it is", async () => {
    const { start } = machine();
    const first = await start();
    first.admit("key_1", 4);
    first.handOn();
    await first.save(false);
    first.admit("key_2", 1);
    first.handOn();
    const second = await start();
    expect([second.admit("key_1", 20), second.admit("key_2", 20)]).toEqual([6, 9]);
  });

  test("times stay what they were, by the same clock, and count as now if they would lie in the future", async () => {
    const { time, start } = machine();
    const first = await start();
    first.admit("key_1", 10);
    first.handOn();
    time.monotonic += MINUTE_MS - 1;
    expect((await start()).admit("key_1", 1)).toBe(0);
    // Saved times are whole milliseconds, rounded up.
    time.monotonic += 2;
    expect((await start()).admit("key_1", 20)).toBe(5);
  });

  test("a part that was not written completely is left out", async () => {
    const { directory, start } = machine();
    const first = await start();
    first.admit("key_1", 4);
    first.handOn();
    const [parts] = readdirSync(directory).filter((name) => /\.1\.journal$/.test(name));
    appendFileSync(join(directory, parts as string), '{"clock":"one","wallAheadMs":0,"at":1,"numbers":9}\nabc');
    expect((await start()).admit("key_1", 20)).toBe(6);
  });

  test.each([
    ["zeros", Buffer.alloc(400)],
    ["zeros with an end of line", Buffer.from(`${"\0".repeat(40)}\n${"\0".repeat(40)}\n`)],
    ["a line of something else", Buffer.from('"text"\n')],
    ["a line with no count", Buffer.from('{"clock":"one"}\n')],
    ["a negative count", Buffer.from('{"clock":"one","wallAheadMs":0,"at":1,"numbers":-3}\n')],
  ])("what a power failure has left after it is left out: %s", async (_, rest) => {
    const { directory, start } = machine();
    const first = await start();
    first.admit("key_1", 4);
    first.handOn();
    for (const name of readdirSync(directory)) appendFileSync(join(directory, name), rest);
    expect((await start()).admit("key_1", 20)).toBe(6);
  });

  test("what an older version has left in another form is deleted", async () => {
    const { directory, start } = machine();
    const files = () => readdirSync(directory).sort();
    for (const name of ["counters.7.journal", "counters.7.2.journal", "counters.csv"]) writeFileSync(join(directory, name), "{}\n");
    await start();
    expect(files()).toEqual(["counters.csv"]);
  });

  test("a counter is named once in a process, however often it was saved", async () => {
    const { directory, start } = machine();
    const first = await start();
    for (let second = 0; second < 3; second++) {
      first.admit("key_1", 1);
      first.admit("key_2", 1);
      first.handOn();
      await first.save();
    }
    first.admit("key_2", 1);
    first.handOn();
    expect(readFileSync(join(directory, "counters.1.names.journal"), "utf8")).toBe("key_1\nkey_2\n");
    const second = await start();
    expect([second.admit("key_1", 20), second.admit("key_2", 20)]).toEqual([7, 6]);
  });

  test("names begin anew when there are too many, and the old ones are deleted once no part needs them", async () => {
    const { directory, start } = machine();
    const first = await start({ mostNames: 2 });
    first.admit("key_1", 1);
    first.admit("key_2", 2);
    first.admit("key_3", 3);
    first.handOn();
    await first.save(false);
    first.admit("key_3", 1);
    first.admit("key_1", 1);
    first.handOn();
    expect(
      readdirSync(directory)
        .filter((name) => name.includes("names"))
        .sort(),
    ).toEqual(["counters.1.names.journal", "counters.2.names.journal"]);
    const second = await start();
    expect(["key_1", "key_2", "key_3"].map((id) => second.admit(id, 20))).toEqual([8, 8, 6]);
    await second.save();
    expect(readdirSync(directory)).toEqual(["counters.3.names.journal"]);
  });

  test("names that could not be written make no admission another counter's", async () => {
    const { start } = machine();
    const first = await start();
    first.admit("key_1", 2);
    first.handOn();
    first.disk.isFull = true;
    first.admit("key_2", 3);
    first.handOn();
    first.disk.isFull = false;
    first.admit("key_3", 4);
    first.admit("key_1", 1);
    first.handOn();
    const second = await start();
    expect(["key_1", "key_2", "key_3"].map((id) => second.admit(id, 20))).toEqual([7, 10, 6]);
  });

  test("many counters and admissions", async () => {
    const { start } = machine();
    const first = await start();
    for (let key = 0; key < 3_000; key++) first.admit(`key_${key}`, 1 + (key % 7));
    first.handOn();
    const second = await start();
    for (let key = 0; key < 3_000; key++) expect(second.admit(`key_${key}`, 20)).toBe(9 - (key % 7));
  });
});
