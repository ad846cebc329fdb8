/** One node of a simulation of the bank, with its threads and a clock of its own. */
import type { Limits } from "../../../engine/api-key.ts";
import type { decide } from "../../../engine/bank/bank.ts";
import { Clocks } from "../../../service/clocks.ts";
import type { BankCounter } from "../../../service/limiting/bank-counter.ts";
import type { After } from "../../../service/limiting/bank-in-time.ts";
import { BankLimiter } from "../../../service/limiting/bank-limiter.ts";
import type { LimitCounter, Limiter } from "../../../service/limiting/limiter.ts";
import { type BankDesk, BorrowingLimiter } from "../../../service/limiting/shared/borrowing-limiter.ts";
import { shareMemory } from "../../../service/limiting/shared/memory.ts";
import { SharedTills } from "../../../service/limiting/shared/shared-till.ts";
import type { BankStore } from "../../../stores/bank-contract.ts";
import type { Scenario } from "./bank-scenario.ts";
import type { FaultyBank } from "./faulty-bank.ts";
import type { Observer } from "./observer.ts";
import type { TrueTime } from "./true-time.ts";

interface Held {
  readonly counter: BankCounter;
  readonly limits: Limits;
}

/** In true time: when a request was decided, and from when on the bank has that. */
interface Decision {
  readonly decidedAt: number;
  readonly writtenAt: number;
}

/** One of the threads of a node. */
export interface Thread {
  readonly limiter: Limiter;
  /** Undefined while the key is being looked up. */
  readonly held: ({ readonly counter: LimitCounter; readonly limits: Limits } | undefined)[];
  /** The decision about a counter that it was told of last. */
  decision(id: number): Decision;
  /** Changes that it takes before its next request, or when it is told of them. */
  readonly untaken: (() => void)[];
  /** How often each key was looked up. */
  readonly lookups: number[];
}

/** Messages between threads take so long, at most. */
export const MESSAGE_MS = 3;

/** The world around a node. */
interface Around {
  readonly scenario: Scenario;
  readonly time: TrueTime;
  readonly random: () => number;
  readonly bank: FaultyBank;
  readonly rule: typeof decide | undefined;
  readonly observer: Observer;
}

export class Node {
  readonly name: string;
  readonly clocks: Clocks;
  readonly limiter: BankLimiter;
  /** Of the main thread. */
  readonly held: (Held | undefined)[];
  /** The main thread, and those that count by what it borrows. */
  readonly threads: Thread[];
  readonly startedAt: number;
  readonly rate: number;
  /** Reads what look-ups of keys bring. */
  readonly #lookups: Pick<BankStore, "readBank">;
  isAlive = true;
  isStopping = false;
  /** True time of what the bank last read for this node. */
  readAt = 0;
  /** True time of the last decision about each counter, and of the last that was written. */
  readonly decidedAt = new Map<number, number>();
  readonly #writtenAt = new Map<string, number>();

  constructor(name: string, world: Around, limits: readonly Limits[]) {
    const { time, random, scenario } = world;
    this.name = name;
    this.startedAt = time.now;
    this.rate = 1 + scenario.drift * (2 * random() - 1);
    const origin = random() * 1e9;
    const now = () => origin + time.now * this.rate;
    this.clocks = new Clocks(() => 1.7e12 + now(), { id: name, now });
    const bank = world.bank.storeFor({
      isAlive: () => this.isAlive,
      readAt: (at) => {
        this.readAt = at;
      },
      writtenAt: (ids, at) => {
        for (const id of ids) this.#writtenAt.set(id, at);
      },
      late: (rows) => scenario.sabotage?.lateAnswer?.(rows, name, (id) => this.held[Number(id)]?.counter),
    });
    const after = (milliseconds: number, run: () => void) =>
      time.after(milliseconds / this.rate, () => {
        if (this.isAlive) run();
        return this.isAlive;
      });
    const memory = (scenario.threads ?? 1) > 1 ? shareMemory(1 << 14, 1 << 24) : undefined;
    const tills = () => memory && new SharedTills(memory, 16, dead);
    this.limiter = new BankLimiter({ bank, clocks: this.clocks, after, node: name, decide: world.rule, tills: tills() });
    this.#lookups = world.bank.storeFor({ isAlive: () => this.isAlive, readAt: () => undefined, late: () => undefined });
    this.held = limits.map(() => undefined);
    this.threads = [{ limiter: this.limiter, held: this.held, decision: (id) => this.decision(id), untaken: [], lookups: [] }];
    for (let thread = 1; thread < (scenario.threads ?? 1); thread++)
      this.threads.push(this.#thread(tills() as SharedTills, limits, after, world));
    for (const thread of this.threads)
      for (const [id, each] of limits.entries()) if (scenario.counters[id]?.isTransient !== true) void this.lookUp(thread, id, each);
    const tend = (): boolean => {
      if (!this.isAlive) return false;
      void this.limiter.tend();
      time.after(scenario.tendMs ?? 1_000, tend);
      return true;
    };
    time.after(random() * (scenario.tendMs ?? 1_000), tend);
  }

  /** The key enters the memory of a thread with what its look-up brings, unless it was changed meanwhile. */
  async lookUp({ limiter, held, lookups }: Thread, id: number, limits: Limits): Promise<void> {
    const { monotonic, wall } = this.clocks;
    const [number, sent] = [(lookups[id] ?? 0) + 1, { monotonic: monotonic(), wall: wall() }];
    lookups[id] = number;
    const read = await this.#lookups.readBank([String(id)]).catch(() => undefined);
    if (!this.isAlive || lookups[id] !== number) return;
    const first = read && {
      sent,
      heardAt: monotonic(),
      glimpse: { clockMs: read.clockMs, aheadMs: read.aheadMs, row: read.rows.get(String(id)) },
    };
    held[id] = { counter: limiter.enter(String(id), limits, undefined, first) as BankCounter, limits };
  }

  decision(id: number): Decision {
    return { decidedAt: this.decidedAt.get(id) ?? 0, writtenAt: this.#writtenAt.get(String(id)) ?? 0 };
  }

  slotsEndAt(id: number): number {
    const till = this.held[id]?.counter.till;
    if (till === undefined) return 0;
    till.open();
    const { slotsEndAt } = till;
    till.close();
    return slotsEndAt;
  }

  /** A thread that reaches the main thread by messages. */
  #thread(tills: SharedTills, limits: readonly Limits[], after: After, { random, observer }: Around): Thread {
    const decisions = new Map<number, Decision>();
    const message = (): Promise<void> => new Promise((arrived) => after(random() * MESSAGE_MS, arrived));
    const { limiter: main } = this;
    const desk: BankDesk = {
      admit: async (id, asked, holds, brought) => {
        await message();
        const copy = structuredClone(asked);
        observer.know(Number(id), copy);
        const admitsAt = await main.admitElsewhere(id, copy, holds, brought);
        const decision = this.decision(Number(id));
        await message();
        decisions.set(Number(id), decision);
        return admitsAt;
      },
      noteLow: async (id) => {
        await message();
        main.noteLow(id);
      },
      noteLeft: async (id) => {
        await message();
        main.noteLeft(id);
      },
      standingOf: (id, asked) => main.standingOf(id, asked),
    };
    const limiter = new BorrowingLimiter({ tills, desk, isAwake: () => true });
    const decision = (id: number): Decision => decisions.get(id) ?? { decidedAt: 0, writtenAt: 0 };
    return { limiter, held: limits.map(() => undefined), decision, untaken: [], lookups: [] };
  }
}

const dead = (): never => {
  throw new Error("a lock was not released");
};
