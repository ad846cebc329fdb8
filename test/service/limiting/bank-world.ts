/**
 * Several nodes that share limits through a faulty bank, and one observer who knows true time. It sees every admission of every node and counts what
 * should never have happened.
 */
import { type Limits, NO_LIMITS } from "../../../engine/api-key.ts";
import type { BankAsk, decide } from "../../../engine/bank/bank.ts";
import { Clocks } from "../../../service/clocks.ts";
import type { BankCounter } from "../../../service/limiting/bank-counter.ts";
import type { After } from "../../../service/limiting/bank-in-time.ts";
import { BankLimiter } from "../../../service/limiting/bank-limiter.ts";
import type { LimitCounter, Limiter } from "../../../service/limiting/limiter.ts";
import { type BankDesk, BorrowingLimiter } from "../../../service/limiting/shared/borrowing-limiter.ts";
import { shareMemory } from "../../../service/limiting/shared/memory.ts";
import { SharedTills } from "../../../service/limiting/shared/shared-till.ts";
import type { BankStore, NewBankRow } from "../../../stores/bank-contract.ts";
import { randomFrom } from "../../support/random.ts";
import { type Faults, FaultyBank } from "./faulty-bank.ts";
import { Observer } from "./observer.ts";
import { TrueTime } from "./true-time.ts";

export interface CounterPlan {
  readonly limits: Partial<Limits>;
  /** Requests a second, over all nodes. */
  readonly perSecond: number;
  /** How long a request is under way, at most; absent: it holds no slot. */
  readonly holdMs?: number;
  /** Requests come for so long, then none do, and so on. */
  readonly burstMs?: number;
}

/** What a node does wrong on purpose, to see that the observer notices. */
export interface Sabotage {
  readonly decide?: (rule: typeof decide) => typeof decide;
  /** Called before each request, with the node's counter. */
  readonly beforeRequest?: (counter: BankCounter) => void;
  /** Called with rows whose writing was answered after the node had given up. */
  readonly lateAnswer?: (rows: readonly NewBankRow[], node: string, counterOf: (id: string) => BankCounter | undefined) => void;
}

export interface Scenario {
  readonly seed: number;
  readonly nodes: number;
  /** Of each node; 1 when absent. */
  readonly threads?: number;
  readonly durationMs: number;
  readonly counters: readonly CounterPlan[];
  readonly faults: Faults;
  /** How fast clocks may be wrong: 0.005 for half a percent. */
  readonly drift: number;
  /** Per minute of true time, on average. */
  readonly crashes?: number;
  readonly jumps?: number;
  readonly changes?: number;
  readonly tendMs?: number;
  readonly sabotage?: Sabotage;
}

interface Held {
  readonly counter: BankCounter;
  readonly limits: Limits;
}

/** One of the threads of a node. */
interface Thread {
  readonly limiter: Limiter;
  /** Undefined while the key is being looked up. */
  readonly held: ({ readonly counter: LimitCounter; readonly limits: Limits } | undefined)[];
  /** True time of the decision about a counter that it was told of last. */
  decidedAt(id: number): number;
  /** Changes that it takes before its next request, or when it is told of them. */
  readonly untaken: (() => void)[];
  /** How often each key was looked up. */
  readonly lookups: number[];
}

/** Messages between threads take so long, at most. */
const MESSAGE_MS = 3;

class Node {
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
  /** True time of the last decision about each counter. */
  readonly decidedAt = new Map<number, number>();

  constructor(name: string, world: World, limits: readonly Limits[]) {
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
    this.threads = [{ limiter: this.limiter, held: this.held, decidedAt: (id) => this.decidedAt.get(id) ?? 0, untaken: [], lookups: [] }];
    for (let thread = 1; thread < (scenario.threads ?? 1); thread++)
      this.threads.push(this.#thread(tills() as SharedTills, limits, after, world));
    for (const thread of this.threads) for (const [id, each] of limits.entries()) void this.lookUp(thread, id, each);
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

  slotsEndAt(id: number): number {
    const till = this.held[id]?.counter.till;
    if (till === undefined) return 0;
    till.open();
    const { slotsEndAt } = till;
    till.close();
    return slotsEndAt;
  }

  /** A thread that reaches the main thread by messages. */
  #thread(tills: SharedTills, limits: readonly Limits[], after: After, { random, observer }: World): Thread {
    const decidedAt = new Map<number, number>();
    const message = (): Promise<void> => new Promise((arrived) => after(random() * MESSAGE_MS, arrived));
    const { limiter: main } = this;
    const desk: BankDesk = {
      admit: async (id, asked, holds, brought) => {
        await message();
        const copy = structuredClone(asked);
        observer.know(Number(id), copy);
        const admitsAt = await main.admitElsewhere(id, copy, holds, brought);
        const at = this.decidedAt.get(Number(id)) ?? 0;
        await message();
        decidedAt.set(Number(id), at);
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
    return { limiter, held: limits.map(() => undefined), decidedAt: (id) => decidedAt.get(id) ?? 0, untaken: [], lookups: [] };
  }
}

const dead = (): never => {
  throw new Error("a lock was not released");
};

export class World {
  readonly scenario: Scenario;
  readonly time = new TrueTime();
  readonly random: () => number;
  readonly bank: FaultyBank;
  readonly rule: typeof decide | undefined;
  readonly observer: Observer;
  readonly #limits: Limits[];
  readonly #nodes: Node[] = [];
  readonly #gone: Node[] = [];
  #names = 0;

  constructor(scenario: Scenario, rule: typeof decide) {
    this.scenario = scenario;
    this.random = randomFrom(scenario.seed);
    this.bank = new FaultyBank(this.time, this.random, scenario.faults);
    this.#limits = scenario.counters.map(({ limits }) => Object.freeze({ ...NO_LIMITS, ...limits }));
    this.observer = new Observer(this.time, this.#limits.length, scenario.drift);
    const sabotaged = (scenario.sabotage?.decide ?? ((same) => same))((before, ask, now, latest) => {
      this.observer.watchSlots(before, ask, now);
      return rule(before, ask, now, latest);
    });
    this.rule = (before, ask, now, latest) => {
      this.#noteDecision(ask, latest !== undefined && latest > now);
      return sabotaged(before, ask, now, latest);
    };
    for (let index = 0; index < scenario.nodes; index++) this.#start();
  }

  async run(): Promise<Observer> {
    const { scenario, time, random } = this;
    for (const [id, { perSecond }] of scenario.counters.entries()) this.#often(1_000 / perSecond, () => this.#request(id));
    this.#often(60_000 / (scenario.crashes ?? 0), () => this.#crash());
    this.#often(60_000 / (scenario.jumps ?? 0), () => this.#jump());
    this.#often(60_000 / (scenario.changes ?? 0), () => this.#change(Math.floor(random() * this.#limits.length)));
    await time.runUntil(scenario.durationMs);
    for (const { limiter } of [...this.#nodes, ...this.#gone]) this.observer.addCounts(limiter.counts);
    this.observer.finish();
    return this.observer;
  }

  /** At random moments, this many milliseconds apart on average. */
  #often(everyMs: number, run: () => boolean): void {
    if (!Number.isFinite(everyMs)) return;
    const next = (): void => {
      this.time.after(-Math.log(1 - this.random()) * everyMs, () => {
        next();
        return run();
      });
    };
    next();
  }

  #start(): void {
    this.#nodes.push(new Node(`n${++this.#names}`, this, this.#limits));
  }

  #request(id: number): boolean {
    const { holdMs, burstMs } = this.scenario.counters[id] as CounterPlan;
    if (burstMs !== undefined && Math.floor(this.time.now / burstMs) % 2 === 1) return false;
    const nodes = this.#nodes.filter(({ isStopping }) => !isStopping);
    const node = nodes[Math.floor(this.random() * nodes.length)];
    if (node === undefined) return false;
    const { threads, held } = node;
    const thread = threads[threads.length === 1 ? 0 : Math.floor(this.random() * threads.length)] as Thread;
    for (const take of thread.untaken.splice(0)) take();
    const keyHeld = thread.held[id];
    if (keyHeld === undefined) return false;
    const { counter, limits } = keyHeld;
    const inMain = held[id]?.counter;
    if (inMain !== undefined) this.scenario.sabotage?.beforeRequest?.(inMain);
    this.observer.arrive(id, limits);
    const now = node.clocks.monotonic();
    const admitsAt = thread.limiter.admit(counter, limits, now, holdMs !== undefined);
    const done = (at: number, decidedAt: number, waited: boolean) => {
      const retryInMs = (at - node.clocks.monotonic()) / node.rate;
      const isAdmitted = at === 0;
      this.observer.note({ id, limits, waited, isAdmitted, decidedAt, retryInMs });
      if (!isAdmitted || holdMs === undefined) return;
      const end = this.observer.hold(id, limits, node);
      this.time.after(this.random() ** 3 * holdMs, () => {
        end();
        if (node.isAlive) thread.limiter.release(counter);
        return node.isAlive;
      });
    };
    if (typeof admitsAt === "number") {
      done(admitsAt, this.time.now, false);
      return thread !== threads[0] || inMain?.state !== "idle";
    }
    admitsAt.then(
      (at) => done(at, thread.decidedAt(id), true),
      () => this.observer.noteUnavailable(),
    );
    return true;
  }

  /** By what a look-up brought, it is made now; otherwise it counts from when the bank was read. */
  #noteDecision({ node, limits }: BankAsk, isByLookup: boolean): void {
    const decider = this.#nodes.find(({ name }) => name === node);
    decider?.decidedAt.set(this.observer.idOf(limits), isByLookup ? this.time.now : decider.readAt);
  }

  #crash(): boolean {
    const index = Math.floor(this.random() * this.#nodes.length);
    const node = this.#nodes[index];
    if (node === undefined || node.isStopping) return false;
    const restart = (): boolean => {
      // A node that starts right after a jump, before any other has noticed it, cannot know: docs/decisions/0027.
      if (this.bank.isJumpOpen) this.time.after(1_000, restart);
      else this.#start();
      return true;
    };
    const end = (): boolean => {
      node.isAlive = false;
      this.observer.nodeEnded(node);
      this.#nodes.splice(this.#nodes.indexOf(node), 1);
      this.#gone.push(node);
      this.observer.crashes++;
      this.time.after(this.random() * 20_000, restart);
      return true;
    };
    if (this.random() < 0.7) return end();
    node.isStopping = true;
    void node.limiter.close();
    this.time.after(5_000, end);
    return true;
  }

  #jump(): boolean {
    if (this.#nodes.length === 0 || this.#nodes.some(({ startedAt }) => this.time.now - startedAt < 10_000)) return false;
    const size = 10 ** (3 + 4 * this.random());
    this.bank.jump(this.random() < 0.5 ? size : -size);
    this.observer.jumps++;
    return false;
  }

  /** New limits: each node drops the key within some milliseconds, and then the change is answered. */
  #change(id: number): boolean {
    const planned = this.scenario.counters[id]?.limits as Partial<Limits>;
    const factor = [0.2, 0.5, 1, 2][Math.floor(this.random() * 4)] as number;
    const scaled = (limit: number | null | undefined) => (limit == null ? null : Math.max(1, Math.round(limit * factor)));
    const limits = Object.freeze({
      requestsPerMinute: scaled(planned.requestsPerMinute),
      requestsPerDay: scaled(planned.requestsPerDay),
      concurrentRequests: scaled(planned.concurrentRequests),
    });
    this.#limits[id] = limits;
    for (const node of this.#nodes) {
      this.time.after(this.random() * 30, () => {
        if (!node.isAlive) return false;
        for (const [number, thread] of node.threads.entries()) {
          const take = () => {
            const before = thread.held[id];
            thread.held[id] = undefined;
            if (before !== undefined) thread.limiter.leave(before.counter);
            void node.lookUp(thread, id, limits);
          };
          if (number === 0) take();
          else {
            thread.untaken.push(take);
            this.time.after(this.random() * MESSAGE_MS, () => {
              for (const each of thread.untaken.splice(0)) each();
            });
          }
        }
        return true;
      });
    }
    this.observer.changes++;
    return false;
  }
}
