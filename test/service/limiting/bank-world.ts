/**
 * Several nodes that share limits through a faulty bank, and one observer who knows true time. It sees every admission of every node and counts what
 * should never have happened.
 */
import { type Limits, NO_LIMITS } from "../../../engine/api-key.ts";
import type { decide } from "../../../engine/bank/bank.ts";
import { Clocks } from "../../../service/clocks.ts";
import type { BankCounter } from "../../../service/limiting/bank-counter.ts";
import { BankLimiter } from "../../../service/limiting/bank-limiter.ts";
import type { NewBankRow } from "../../../stores/bank-contract.ts";
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
  limits: Limits;
}

class Node {
  readonly name: string;
  readonly clocks: Clocks;
  readonly limiter: BankLimiter;
  readonly held: Held[];
  readonly startedAt: number;
  readonly rate: number;
  isAlive = true;
  isStopping = false;
  /** True time of what the bank last read for this node. */
  readAt = 0;

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
    this.limiter = new BankLimiter({ bank, clocks: this.clocks, after, node: name, decide: world.rule });
    this.held = limits.map((each, id) => ({ counter: this.limiter.enter(String(id), each) as BankCounter, limits: each }));
    const tend = (): boolean => {
      if (!this.isAlive) return false;
      void this.limiter.tend();
      time.after(scenario.tendMs ?? 1_000, tend);
      return true;
    };
    time.after(random() * (scenario.tendMs ?? 1_000), tend);
  }
}

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
    this.rule = (scenario.sabotage?.decide ?? ((same) => same))((before, ask, now) => {
      this.observer.watchSlots(before, ask, now);
      return rule(before, ask, now);
    });
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
    const { counter, limits } = node.held[id] as Held;
    this.scenario.sabotage?.beforeRequest?.(counter);
    this.observer.arrive(id, limits);
    const now = node.clocks.monotonic();
    const admitsAt = node.limiter.admit(counter, limits, now, holdMs !== undefined);
    const done = (at: number, decidedAt: number, waited: boolean) => {
      const retryInMs = (at - node.clocks.monotonic()) / node.rate;
      const isAdmitted = at === 0;
      this.observer.note({ id, limits, waited, isAdmitted, decidedAt, retryInMs });
      if (!isAdmitted || holdMs === undefined) return;
      const end = this.observer.hold(id, limits, node);
      this.time.after(this.random() ** 3 * holdMs, () => {
        end();
        if (node.isAlive) node.limiter.release(counter);
        return node.isAlive;
      });
    };
    if (typeof admitsAt === "number") {
      done(admitsAt, this.time.now, false);
      return counter.state !== "idle";
    }
    admitsAt.then(
      (at) => done(at, node.readAt, true),
      () => this.observer.noteUnavailable(),
    );
    return true;
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
        const held = node.held[id] as Held;
        node.limiter.leave(held.counter);
        node.held[id] = { counter: node.limiter.enter(String(id), limits) as BankCounter, limits };
        return true;
      });
    }
    this.observer.changes++;
    return false;
  }
}
