/**
 * The other nodes, as whoever changes something must know them: a change is answered when each of them has acknowledged it, or can no longer
 * answer from memory.
 */
import type { NodeRow, NodeStore, Standing } from "../../stores/node-contract.ts";
import { sharedRun } from "../shared-run.ts";
import { longestAnswerMs } from "./lease.ts";
import { type Timers, within } from "./timers.ts";

interface PeersOptions {
  readonly store: Pick<NodeStore, "standing" | "evict" | "wakeups">;
  /** This node, for which nobody waits here: a change is applied here before it is waited for. */
  readonly id: string;
  readonly leaseMs: number;
  readonly monotonic: () => number;
  readonly timers: Timers;
  /** A node was removed because it has not renewed its lease. */
  readonly onEvicted?: (id: string) => void;
}

/** When a node was first read with this number of renewals. Its last lease began before. */
interface Observed {
  readonly row: NodeRow;
  readonly at: number;
}

/** Without a wakeup, and as a net below one that was lost. */
const LOOK_AGAIN_MS = { woken: 250, unwoken: 20 };

export class Peers {
  readonly #options: PeersOptions;
  /** Each caller gets a read that began after its call. */
  readonly #look: () => Promise<Standing>;
  #observed = new Map<string, Observed>();
  #lookedAt = Number.NEGATIVE_INFINITY;
  #longestLeaseMs: number;
  readonly #waiting = new Set<() => void>();
  /** Wakeups so far: one that comes during a look is not lost. */
  #wakeups = 0;

  constructor(options: PeersOptions) {
    this.#options = options;
    this.#longestLeaseMs = options.leaseMs;
    this.#look = sharedRun(() => this.#read());
  }

  /** Something may have changed among the other nodes. */
  wake(): void {
    this.#wakeups++;
    for (const run of [...this.#waiting]) run();
  }

  /** Removes the nodes that have not renewed their lease for so long that it has ended. Called at each renewal, so that no change waits for a node that died before. */
  async look(): Promise<void> {
    await this.#look();
  }

  /**
   * Waits until no other node answers from memory by what was true before the call: each has acknowledged the head of the feed, or has left, or
   * was evicted; at the latest after the longest lease (c). Call it after the commit. Never rejects: without the database, the time decides.
   */
  async settled(): Promise<void> {
    const { id, monotonic, timers } = this.#options;
    const began = monotonic();
    const leftMs = () => began + longestAnswerMs(this.#longestLeaseMs) - monotonic();
    let head: number | undefined;
    while (leftMs() > 0) {
      const wakeups = this.#wakeups;
      const standing = await within(timers, leftMs(), this.#look()).catch(() => undefined);
      head ??= standing?.head;
      if (standing?.nodes.every((node) => node.id === id || node.seen >= (head ?? 0))) return;
      if (wakeups === this.#wakeups) await this.#pause(leftMs());
    }
  }

  #pause(atMostMs: number): Promise<void> {
    const { store, timers } = this.#options;
    const { promise, resolve } = Promise.withResolvers<void>();
    const lookAgainMs = store.wakeups.isWorking() ? LOOK_AGAIN_MS.woken : LOOK_AGAIN_MS.unwoken;
    const done = () => {
      cancel();
      this.#waiting.delete(done);
      resolve();
    };
    const cancel = timers.after(Math.min(atMostMs, lookAgainMs), done);
    this.#waiting.add(done);
    return promise;
  }

  async #read(): Promise<Standing> {
    const { store, timers, leaseMs } = this.#options;
    const read = () => within(timers, leaseMs / 3, store.standing());
    const standing = await read();
    const ended = this.#observe(standing.nodes);
    if (ended.length === 0) return standing;
    await within(timers, leaseMs / 3, store.evict(ended));
    // Whoever renewed in between is still there.
    const after = await read();
    for (const { id } of ended) if (!after.nodes.some((node) => node.id === id)) this.#options.onEvicted?.(id);
    this.#observe(after.nodes);
    return after;
  }

  /** The nodes whose leases are all over: they were read with the same number of renewals for longer than a lease lasts. */
  #observe(nodes: readonly NodeRow[]): NodeRow[] {
    const { id: own, monotonic, leaseMs } = this.#options;
    const now = monotonic();
    // After an outage of the database nobody has renewed for a while. Begin anew, or the nodes would evict one another.
    const isLate = now - this.#lookedAt > leaseMs / 2;
    this.#lookedAt = now;
    const observed = new Map<string, Observed>();
    for (const row of nodes) {
      if (row.id === own) continue;
      this.#longestLeaseMs = Math.max(this.#longestLeaseMs, row.leaseMs);
      const before = this.#observed.get(row.id);
      const isSame = !isLate && before?.row.epoch === row.epoch && before.row.renewals === row.renewals;
      observed.set(row.id, isSame ? before : { row, at: now });
    }
    this.#observed = observed;
    return [...observed.values()].filter(({ row, at }) => now - at >= longestAnswerMs(row.leaseMs)).map(({ row }) => row);
  }
}
