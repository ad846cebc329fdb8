/** Who knows true time, and every admission of every node. */
import type { Limits } from "../../../engine/api-key.ts";
import type { BankAsk, decide } from "../../../engine/bank/bank.ts";
import { DAY_MS, MINUTE_MS } from "../../../engine/duration.ts";
import type { TrueTime } from "./true-time.ts";

interface Noted {
  readonly id: number;
  readonly limits: Limits;
  readonly waited: boolean;
  readonly isAdmitted: boolean;
  readonly decidedAt: number;
  /** Since when the bank has it, where it was asked. */
  readonly writtenAt: number;
  readonly retryInMs: number;
}

interface NodeView {
  readonly isAlive: boolean;
  /** When what it has borrowed for requests under way ends, by its clock. */
  slotsEndAt(id: number): number;
  readonly clocks: { monotonic(): number };
}

interface Hold {
  readonly id: number;
  readonly limits: Limits;
  readonly node: NodeView;
  readonly decidedAt: number;
  /** Its node was cut off from the bank for longer than a loan: the bank counts it no longer. */
  isOrphan: boolean;
}

interface Admission {
  readonly at: number;
  readonly writtenAt: number;
  readonly limits: Limits;
}

const WINDOWS = [
  { windowMs: MINUTE_MS, field: "requestsPerMinute" },
  { windowMs: DAY_MS, field: "requestsPerDay" },
] as const;

export class Observer {
  requests = 0;
  admitted = 0;
  refused = 0;
  unavailable = 0;
  waited = 0;
  wronglyRefused = 0;
  crashes = 0;
  jumps = 0;
  changes = 0;
  asks = 0;
  statements = 0;
  /** What one exact limiter would have admitted of the same requests. */
  exactlyAdmitted = 0;
  /** What must never happen, as sentences. */
  readonly over: string[] = [];
  /** Refused with a time at which it still would not pass, given what was admitted before. */
  tooEarly = 0;
  /** How much later than necessary, at most. */
  latestMs = 0;
  readonly #time: TrueTime;
  readonly #drift: number;
  readonly #admissions: Admission[][];
  readonly #exact: Admission[][];
  readonly #holds: Set<Hold>[];
  readonly #limitsOf = new Map<Limits, number>();

  constructor(time: TrueTime, counters: number, drift: number) {
    this.#time = time;
    this.#drift = drift;
    this.#admissions = Array.from({ length: counters }, () => []);
    this.#exact = Array.from({ length: counters }, () => []);
    this.#holds = Array.from({ length: counters }, () => new Set());
  }

  /** A request arrives. */
  arrive(id: number, limits: Limits): void {
    this.know(id, limits);
    const exact = this.#exact[id] as Admission[];
    const fits = WINDOWS.every(
      ({ windowMs, field }) => limits[field] === null || countSince(exact, this.#time.now - windowMs) < (limits[field] as number),
    );
    if (!fits) return;
    exact.push({ at: this.#time.now, writtenAt: this.#time.now, limits });
    this.exactlyAdmitted++;
  }

  note({ id, limits, waited, isAdmitted, decidedAt, writtenAt, retryInMs }: Noted): void {
    this.requests++;
    if (waited) this.waited++;
    if (isAdmitted) {
      this.admitted++;
      insert(this.#admissions[id] as Admission[], { at: decidedAt, writtenAt, limits });
      return;
    }
    this.refused++;
    if (this.#hasRoom(id, limits)) this.wronglyRefused++;
    if (waited) this.#checkRetry(id, limits, retryInMs, decidedAt);
  }

  noteUnavailable(): void {
    this.requests++;
    this.unavailable++;
  }

  /** Of which counter these limits are; -1 if it is not known. */
  idOf(limits: Limits): number {
    return this.#limitsOf.get(limits) ?? -1;
  }

  /** These limits, which are told apart by their identity, are those of this counter. */
  know(id: number, limits: Limits): void {
    this.#limitsOf.set(limits, id);
  }

  /**
   * A request begins to be under way. It was decided at `decidedAt`, and others that were decided after it may have been told so before it: each has the
   * limits of its own moment. Returns what ends it.
   */
  hold(id: number, limits: Limits, node: NodeView, decidedAt: number): () => void {
    const holds = this.#holds[id] as Set<Hold>;
    const hold: Hold = { id, limits, node, decidedAt, isOrphan: false };
    holds.add(hold);
    const counted = [...holds].filter((each) => !each.isOrphan && isCovered(each));
    for (const { limits, decidedAt: at } of counted) {
      const { concurrentRequests: limit } = limits;
      const count = counted.filter((each) => each.decidedAt <= at).length;
      if (at >= decidedAt && limit !== null && count > limit) this.over.push(`${count} concurrent requests of ${limit} at ${at}`);
    }
    return () => holds.delete(hold);
  }

  nodeEnded(node: NodeView): void {
    for (const holds of this.#holds) for (const hold of holds) if (hold.node === node) holds.delete(hold);
  }

  /** A node that holds slots which the bank no longer has lent to it was cut off: what it had under way counts no longer. */
  watchSlots(before: Parameters<typeof decide>[0], ask: BankAsk, now: number): void {
    const loan = before.loans.find(({ node }) => node === ask.node);
    if (ask.keep.slots === 0 || (loan !== undefined && loan.slotsEnd > now)) return;
    const holds = this.#holds[this.idOf(ask.limits)] ?? [];
    for (const hold of holds) if ((hold.node as unknown as { name: string }).name === ask.node) hold.isOrphan = true;
  }

  addCounts({ reads, writes, asks }: { readonly reads: number; readonly writes: number; readonly asks: number }): void {
    this.asks += asks;
    this.statements += reads + writes;
  }

  /** Counts what no window may contain. */
  finish(): void {
    for (const [id, admissions] of this.#admissions.entries()) {
      for (const { windowMs, field } of WINDOWS) {
        let first = 0;
        for (const [index, { at, limits }] of admissions.entries()) {
          while ((admissions[first] as Admission).at <= at - windowMs) first++;
          const limit = limits[field];
          const count = index - first + 1;
          if (limit !== null && count > limit)
            this.over.push(`counter ${id}: ${count} of ${limit} in ${at - (admissions[first] as Admission).at} ms before ${at}`);
        }
      }
    }
  }

  #hasRoom(id: number, limits: Limits): boolean {
    const isRoomy = WINDOWS.every(({ windowMs, field }) => {
      const limit = limits[field];
      return limit === null || countSince(this.#admissions[id] as Admission[], this.#time.now - windowMs) < limit;
    });
    const { concurrentRequests } = limits;
    return isRoomy && (concurrentRequests === null || (this.#holds[id]?.size ?? 0) < concurrentRequests);
  }

  #toleranceMs({ requestsPerDay }: Limits): number {
    return 1 + this.#drift * (requestsPerDay === null ? MINUTE_MS : DAY_MS);
  }

  /** By what the bank knew when it was read, at `decidedAt`: not what had been decided by then and was still to be written. */
  #checkRetry(id: number, limits: Limits, retryInMs: number, decidedAt: number): void {
    const admissions = (this.#admissions[id] as Admission[]).filter(
      ({ at, writtenAt }) => writtenAt <= decidedAt && at > decidedAt - DAY_MS,
    );
    let exactMs = 0;
    for (const { windowMs, field } of WINDOWS) {
      const limit = limits[field];
      if (limit === null) continue;
      const before = admissions.at(-limit)?.at;
      if (before !== undefined) exactMs = Math.max(exactMs, before + windowMs - this.#time.now);
    }
    // A node has waited for the whole window with its own clock.
    if (exactMs > 0 && retryInMs + this.#toleranceMs(limits) < exactMs) this.tooEarly++;
    if (exactMs > 0) this.latestMs = Math.max(this.latestMs, retryInMs - exactMs);
  }
}

function isCovered({ id, node }: Hold): boolean {
  return node.isAlive && node.clocks.monotonic() < node.slotsEndAt(id);
}

/** Mostly at the end: what waited for the bank was decided a little earlier. */
function insert(admissions: Admission[], admission: Admission): void {
  let at = admissions.length;
  while (at > 0 && (admissions[at - 1] as Admission).at > admission.at) at--;
  admissions.splice(at, 0, admission);
}

function countSince(admissions: readonly Admission[], since: number): number {
  let at = admissions.length;
  while (at > 0 && (admissions[at - 1] as Admission).at > since) at--;
  return admissions.length - at;
}
