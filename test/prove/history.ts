/**
 * What was asked of the nodes, and whether the answers can be true together. Times are of one clock that nobody moves. An operation happened
 * at some moment between its beginning and its end; without a response it may have happened, or may still.
 */

const MINUTE_MS = 60_000;

/** A change of one key. `ended` is undefined while it is under way, and when no response told what came of it. */
interface Change {
  readonly kind: "revoke" | "disable" | "enable" | "limit";
  readonly began: number;
  ended: number | undefined;
  /** Of a change of the limit. */
  readonly limit?: number | undefined;
}

interface Verification {
  readonly node: number;
  readonly began: number;
  readonly ended: number;
  readonly code: string;
}

/** One key and everything that is known of it. Changes of one key are made one after the other. */
export class KnownKey {
  readonly id: string;
  readonly key: string;
  readonly organizationId: string;
  /** When its creation was answered. */
  readonly createdAt: number;
  readonly changes: Change[] = [];
  /** Keys that replace one another share it. */
  readonly counter: Counter;
  /** One change at a time. */
  isBusy = false;

  constructor(id: string, key: string, organizationId: string, createdAt: number, counter: Counter) {
    this.id = id;
    this.key = key;
    this.organizationId = organizationId;
    this.createdAt = createdAt;
    this.counter = counter;
  }

  get isRevoked(): boolean {
    return this.changes.some(({ kind }) => kind === "revoke");
  }

  /** Whether it is accepted; a successor begins as the key that it replaces. */
  get switches(): readonly Change[] {
    return this.changes.filter(({ kind }) => kind === "disable" || kind === "enable");
  }

  /** A change that begins now. Call `done` when a response has said that it happened, or `undone` when one has said that it did not. */
  begin(kind: Change["kind"], limit?: number): { done(ended: number): void; undone(): void } {
    const change: Change = { kind, began: performance.now(), ended: undefined, limit };
    this.changes.push(change);
    if (limit !== undefined) this.counter.limits.push(change);
    return {
      done: (ended) => {
        change.ended = ended;
      },
      undone: () => {
        this.changes.splice(this.changes.indexOf(change), 1);
        const at = this.counter.limits.indexOf(change);
        if (at >= 0) this.counter.limits.splice(at, 1);
      },
    };
  }

  /** What is wrong with a verification of this key, in a sentence; undefined when it can be true. */
  fault({ node, began, ended, code }: Verification): string | undefined {
    const told = (fault: string) =>
      `${fault}: key ${this.id}, node ${node}, ${began.toFixed(1)}–${ended.toFixed(1)} ms, ${JSON.stringify(this.changes)}`;
    const before = (change: Change) => change.ended !== undefined && change.ended <= began;
    const revoked = this.changes.find(({ kind }) => kind === "revoke");
    if (revoked !== undefined && before(revoked) && code !== "revoked") return told(`after an answered revocation the verdict was ${code}`);
    if (code === "revoked" && (revoked === undefined || revoked.began >= ended)) return told("revoked, though nobody had revoked it");
    if (code === "not_found" && began >= this.createdAt) return told("unknown, though its creation had been answered");
    const { switches } = this;
    if (code === "valid" && this.#isCertainly("disable", switches, began, ended)) return told("accepted after an answered disabling");
    if (code === "disabled" && this.#isCertainly("enable", [{ kind: "enable", began: 0, ended: 0 }, ...switches], began, ended))
      return told("disabled after an answered enabling");
    return undefined;
  }

  /** Whether the last switch that can have been in force during this time was of this kind. */
  #isCertainly(kind: Change["kind"], switches: readonly Change[], began: number, ended: number): boolean {
    const last = switches.findLastIndex((change) => change.ended !== undefined && change.ended <= began);
    if (last < 0 || switches[last]?.kind !== kind) return false;
    // An unanswered switch before it may still happen; one after it may have begun.
    return switches.every(
      (change, at) => at === last || change.kind === kind || (at < last ? change.ended !== undefined : change.began >= ended),
    );
  }
}

/** The requests that a limit per minute has admitted. */
export class Counter {
  /** Changes of the limit, the first one being the creation. */
  readonly limits: { readonly began: number; ended: number | undefined; readonly limit?: number | undefined }[] = [];
  #admitted: { readonly began: number; readonly ended: number }[] = [];

  constructor(limit: number | undefined) {
    if (limit !== undefined) this.limits.push({ began: 0, ended: 0, limit });
  }

  admitted(began: number, ended: number): void {
    if (this.limits.length > 0) this.#admitted.push({ began, ended });
  }

  /** The largest number by which a minute was over its limit for certain, and how many requests were counted. Forgets what no window can reach any more. */
  excess(now: number): { over: number; counted: number } {
    // A request that took longer lies in no window for certain.
    const all = this.#admitted.sort((a, b) => a.began - b.began);
    let over = 0;
    for (let from = 0; from < all.length; from++) {
      const start = (all[from] as { began: number }).began;
      let inside = 0;
      for (let at = from; at < all.length && (all[at] as { began: number }).began < start + MINUTE_MS; at++)
        if ((all[at] as { ended: number }).ended < start + MINUTE_MS) inside++;
      over = Math.max(over, inside - this.#mostBetween(start, start + MINUTE_MS));
    }
    const counted = all.length;
    this.#admitted = all.filter(({ ended }) => ended > now - 2 * MINUTE_MS);
    return { over, counted };
  }

  /** The largest limit that may have been in force at some moment of this time. */
  #mostBetween(from: number, to: number): number {
    let most = 0;
    this.limits.forEach((change, at) => {
      if (change.began >= to) return;
      // Until another limit was answered, this one may be in force; so may one of which nobody knows what came.
      const next = this.limits.slice(at + 1).find(({ ended }) => ended !== undefined);
      const isOver = change.ended !== undefined && next?.ended !== undefined && next.ended <= from;
      if (!isOver) most = Math.max(most, change.limit ?? Number.POSITIVE_INFINITY);
    });
    return most;
  }
}
