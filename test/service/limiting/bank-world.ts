/**
 * Several nodes that share limits through a faulty bank, and one observer who knows true time. It sees every admission of every node and counts what
 * should never have happened.
 */
import { type Limits, NO_LIMITS } from "../../../engine/api-key.ts";
import type { BankAsk, decide } from "../../../engine/bank/bank.ts";
import { randomFrom } from "../../support/random.ts";
import { attempt } from "./bank-attempt.ts";
import { MESSAGE_MS, Node, type Thread } from "./bank-node.ts";
import type { CounterPlan, Scenario } from "./bank-scenario.ts";
import { FaultyBank } from "./faulty-bank.ts";
import { Observer } from "./observer.ts";
import { TrueTime } from "./true-time.ts";

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
    const { holdMs, burstMs, isTransient } = this.scenario.counters[id] as CounterPlan;
    if (burstMs !== undefined && Math.floor(this.time.now / burstMs) % 2 === 1) return false;
    const nodes = this.#nodes.filter(({ isStopping }) => !isStopping);
    const node = nodes[Math.floor(this.random() * nodes.length)];
    if (node === undefined) return false;
    if (isTransient === true) return attempt(node, id, this.#limits[id] as Limits, this.observer);
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
    const done = (at: number, decision: ReturnType<Thread["decision"]>, waited: boolean) => {
      const retryInMs = (at - node.clocks.monotonic()) / node.rate;
      const isAdmitted = at === 0;
      this.observer.note({ id, limits, waited, isAdmitted, ...decision, retryInMs });
      if (!isAdmitted || holdMs === undefined) return;
      const end = this.observer.hold(id, limits, node, decision.decidedAt);
      this.time.after(this.random() ** 3 * holdMs, () => {
        end();
        if (node.isAlive) thread.limiter.release(counter);
        return node.isAlive;
      });
    };
    if (typeof admitsAt === "number") {
      done(admitsAt, { decidedAt: this.time.now, writtenAt: this.time.now }, false);
      return thread !== threads[0] || inMain?.state !== "idle";
    }
    admitsAt.then(
      (at) => done(at, thread.decision(id), true),
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
