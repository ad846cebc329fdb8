/**
 * The limiter of a node that shares its database with others. A request that a loan covers is admitted in memory, at once; the others wait for
 * the bank (`engine/bank`). When the database does not respond, requests without a loan are not admitted: never over a limit.
 */
import type { Limits } from "../../engine/api-key.ts";
import type { decide } from "../../engine/bank/bank.ts";
import { fromText } from "../../engine/bank/saved-state.ts";
import { bankRateLimits } from "../../engine/bank/standing.ts";
import { isUnlimited, type RateLimit } from "../../engine/limits.ts";
import type { BankNotice, BankStore } from "../../stores/bank-contract.ts";
import type { Clocks } from "../clocks.ts";
import type { BankStatistics } from "../statistics.ts";
import { BankCounter, type SentAsk } from "./bank-counter.ts";
import { type After, BankInTime } from "./bank-in-time.ts";
import { BankTeller, type Outcome } from "./bank-teller.ts";
import type { BroughtByLookup, FirstReading, Limiter } from "./limiter.ts";
import { localStanding } from "./local-standing.ts";
import { Recalls } from "./recalls.ts";
import { MUST_ASK, Till } from "./till.ts";

/** Where the tills of counters are. */
interface Tills {
  /** The till of a counter, made if there is none. */
  take(id: string): Till;
  /** Forgets it, unless a key in memory counts with it or a request is under way: then false. */
  forget(till: Till): boolean;
}

interface BankLimiterOptions {
  readonly bank: BankStore;
  readonly clocks: Clocks;
  readonly after: After;
  /** The name of this node, different at every start. */
  readonly node: string;
  /** Whether this node's clock can be trusted now: false after the machine slept. Until it can be, everything is asked for. */
  readonly isAwake?: ((now: number) => boolean) | undefined;
  /** The rules; those of the engine when absent. */
  readonly decide?: typeof decide | undefined;
  /** Those that other threads of the process use as well; when absent, this limiter alone uses them. */
  readonly tills?: Tills | undefined;
}

const OWN_TILLS: Tills = { take: (id) => new Till(id), forget: ({ holders, active }) => holders === 0 && active === 0 };

export class BankLimiter implements Limiter {
  readonly #live = new Map<string, BankCounter>();
  /** Counters for which the bank counts something that this node has not settled, or that have requests under way. */
  readonly #owing = new Set<BankCounter>();
  /** Also for what else is counted over all nodes. */
  readonly bank: BankInTime;
  readonly #options: BankLimiterOptions;
  readonly #teller: BankTeller;
  readonly #recalls: Recalls;
  readonly #stopHearing: () => void;
  readonly #isAwake: (now: number) => boolean;
  readonly #counts = { grants: 0, recallsSent: 0, recallsReceived: 0 };
  readonly #tills: Tills;

  constructor(options: BankLimiterOptions) {
    const { bank, clocks, after } = options;
    this.#options = options;
    this.#isAwake = options.isAwake ?? (() => true);
    this.#tills = options.tills ?? OWN_TILLS;
    this.bank = new BankInTime({ bank, clocks, after, slept: () => this.#giveUpAll() });
    this.#teller = new BankTeller({
      bank: this.bank,
      monotonic: clocks.monotonic,
      node: options.node,
      decide: options.decide,
      settled: (counter, sent, outcome) => this.#settled(counter, sent, outcome),
    });
    this.#recalls = new Recalls({
      now: clocks.monotonic,
      after,
      tell: (notice) => {
        this.#counts.recallsSent++;
        this.#tell(notice);
      },
      over: (counterId) => this.#queue(this.#live.get(counterId)),
    });
    this.#stopHearing = bank.hearNodes((notice) => this.#hear(notice));
  }

  /** How many counters are in memory. */
  get size(): number {
    return this.#live.size;
  }

  /** For metrics. */
  get statistics(): BankStatistics {
    return { ...this.counts, ...this.#counts, clockAheadMs: this.bank.clockAheadMs, counters: this.#live.size };
  }

  /** Statements sent, and the asks in them. */
  get counts(): BankInTime["counts"] & BankTeller["counts"] {
    return { ...this.bank.counts, ...this.#teller.counts };
  }

  enter(id: string, limits: Limits, saved?: string, first?: FirstReading): BankCounter | undefined {
    if (isUnlimited(limits)) return undefined;
    const counter = this.#counter(id);
    counter.moved = saved;
    counter.first = first;
    counter.till.enter();
    return counter;
  }

  /** Its key was changed or has left memory: what was borrowed under its limits is given back. */
  leave(counter: BankCounter): void {
    counter.giveUp();
    counter.till.leave();
    this.#settleOrForget(counter);
  }

  admit(counter: BankCounter, limits: Limits, now: number, holds: boolean): number | Promise<number> {
    const admitsAt = counter.till.admit(limits, now, holds, this.#isAwake);
    if (admitsAt >= 0) return admitsAt;
    if (admitsAt === MUST_ASK) return this.#wait(counter, limits, holds);
    this.#queue(counter);
    return 0;
  }

  release(counter: BankCounter): void {
    if (counter.till.endRequest()) this.#settleOrForget(counter);
  }

  standing({ till }: BankCounter, limits: Limits, now: number): readonly RateLimit[] {
    return localStanding(till, limits, now);
  }

  /** For another thread that counts with the same till: waits for a decision of the bank. */
  admitElsewhere(id: string, limits: Limits, holds: boolean, { saved, first }: BroughtByLookup): Promise<number> {
    const counter = this.#counter(id);
    counter.moved ??= saved;
    counter.first ??= first;
    return this.#wait(counter, limits, holds);
  }

  /** The same thread has found that it is time to borrow again. */
  noteLow(id: string): void {
    this.#queue(this.#counter(id));
  }

  /** No key in any thread counts with it any more. */
  noteLeft(id: string): void {
    const counter = this.#counter(id);
    if (counter.till.isHeld) return;
    counter.giveUp();
    this.#settleOrForget(counter);
  }

  async standingOf(id: string, limits: Limits): Promise<readonly RateLimit[]> {
    const { bankMs, aheadMs, rows } = await this.bank.read([id]);
    return bankRateLimits(fromText(rows.get(id)?.state, { aheadMs, now: bankMs }).state, limits, bankMs);
  }

  wouldAdmit({ till }: BankCounter, limits: Limits, now: number): boolean {
    return till.wouldAdmit(limits, now);
  }

  /** Call it once a second: gives back what has ended, keeps the slots of requests under way, and compares the clocks. */
  async tend(): Promise<void> {
    const now = this.#options.clocks.monotonic();
    for (const counter of this.#owing) if (counter.isDue(now)) this.#queue(counter);
    if (!this.#teller.isBusy) await this.bank.read([]).catch(() => undefined);
  }

  /** Gives everything back. Requests under way keep their slots until the loan ends. */
  async close(): Promise<void> {
    this.#stopHearing();
    for (const counter of this.#live.values()) counter.mayBorrow = false;
    this.#giveUpAll();
    for (const counter of this.#owing) this.#queue(counter);
    await this.#teller.idle();
  }

  #counter(id: string): BankCounter {
    const known = this.#live.get(id);
    if (known !== undefined) return known;
    const counter = new BankCounter(this.#tills.take(id));
    this.#live.set(id, counter);
    return counter;
  }

  /** Not in `admit`: a closure there would put its variables on the heap for every request. */
  #wait(counter: BankCounter, limits: Limits, holds: boolean): Promise<number> {
    return new Promise((resolve, reject) => {
      counter.waiting.push({ limits, holds, resolve, reject });
      // The answer to the recall decides these as well.
      if (!this.#recalls.isOpen(counter.id)) this.#queue(counter);
    });
  }

  #queue(counter: BankCounter | undefined): void {
    if (counter !== undefined) this.#teller.queue(counter);
  }

  #settled(counter: BankCounter, sent: SentAsk, outcome: Outcome): void {
    if (outcome.kind === "answered") this.#answered(counter, sent, outcome);
    else if (outcome.kind === "lost") counter.askAgain(sent);
    else this.#failed(counter, sent, outcome);
    if (counter.borrowed.isOwing) this.#owing.add(counter);
    else this.#owing.delete(counter);
    const waits = counter.waiting.length > 0 && !this.#recalls.isOpen(counter.id);
    const owes = outcome.kind !== "failed" && (counter.isRecalled || counter.hasVoided(sent));
    if (waits || owes) this.#queue(counter);
    else this.#forgetFree(counter);
  }

  #answered(counter: BankCounter, sent: SentAsk, { answer, isWritten, heardAt }: Extract<Outcome, { kind: "answered" }>): void {
    if (answer.uses + answer.slots > 0) this.#counts.grants++;
    const left = counter.answered(sent, answer, isWritten, heardAt);
    if (counter.isRecalled && !counter.hasVoided(sent)) {
      counter.isRecalled = false;
      this.#tell({ kind: "settled", counterId: counter.id, node: this.#options.node });
    }
    if (left.length > 0 && this.#recalls.begin(counter.id, answer.lenders, left.length)) {
      counter.waiting = [...left, ...counter.waiting];
      return;
    }
    this.#recalls.end(counter.id);
    if (left.length > 0) counter.refuse(left, answer, answer.lenders.length === 0, heardAt);
  }

  #failed(counter: BankCounter, { waiting }: SentAsk, { error, isUndone }: Extract<Outcome, { kind: "failed" }>): void {
    counter.failed(isUndone);
    this.#recalls.end(counter.id);
    for (const { reject } of waiting) reject(error);
  }

  #hear(notice: BankNotice): void {
    if (notice.kind === "settled") this.#recalls.responded(notice.counterId, notice.node);
    else if (notice.nodes.includes(this.#options.node)) {
      this.#counts.recallsReceived++;
      this.#giveBack(notice.counterId, notice.needed ?? Number.POSITIVE_INFINITY);
    }
  }

  #giveBack(counterId: string, needed: number): void {
    // A loan that this node knows nothing of, because the answer was lost, is given back all the same.
    const counter = this.#counter(counterId);
    counter.giveBack(needed);
    this.#queue(counter);
  }

  #tell(notice: BankNotice): void {
    // A lost notice costs the other side its patience.
    void this.#options.bank.tellNodes([notice]).catch(() => undefined);
  }

  #giveUpAll(): void {
    for (const counter of this.#owing) counter.giveUp();
  }

  #settleOrForget(counter: BankCounter): void {
    if (counter.borrowed.isOwing && !counter.till.isBusy) this.#queue(counter);
    else this.#forgetFree(counter);
  }

  #forgetFree(counter: BankCounter): void {
    const isFree = counter.state === "idle" && counter.waiting.length === 0 && !counter.borrowed.isOwing;
    if (isFree && this.#live.get(counter.id) === counter && this.#tills.forget(counter.till)) this.#live.delete(counter.id);
  }
}
