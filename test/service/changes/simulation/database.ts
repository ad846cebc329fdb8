/** The database that nodes share, as the protocol sees it: snapshots, commits, locks that make statements wait, and wakeups that may be lost. */
import type { StateChange } from "../../../../engine/state-change.ts";
import type { FeedRow, VerificationRecord } from "../../../../stores/contract.ts";
import type { Membership, NodeRow, NodeStore, Renewal } from "../../../../stores/node-contract.ts";
import type { WakeupTopic } from "../../../../stores/wakeups.ts";
import type { Machine, VirtualTime } from "./virtual-time.ts";

/** What a database could get wrong. */
export interface DatabaseFaults {
  /** Numbers of the feed come from a sequence: they are drawn before the commit, and become visible in another order. */
  readonly drawsNumbersEarly?: boolean;
  /** A node is removed although it has renewed its lease meanwhile. */
  readonly evictsUnguarded?: boolean;
}

interface Listener {
  readonly machine: Machine;
  readonly isCutOff: () => boolean;
  readonly topic: WakeupTopic;
  readonly run: (payload: string) => void;
}

export class SimulatedDatabase {
  readonly keys = new Map<string, VerificationRecord>();
  isDown = false;
  /** The share of messages that are lost. */
  lossRate = 0;
  /** The share of messages that take very long. */
  lateRate = 0.03;
  /** What each message takes at most, besides what it takes anyway. */
  slowMs = 0;
  /** How long these statements take on either way, for histories that are drawn by hand. */
  readonly held: { join?: number; renewed?: number; evict?: number } = {};
  /** Evictions that were sent, in such a history. */
  evictions = 0;
  readonly #time: VirtualTime;
  readonly #random: () => number;
  readonly #faults: DatabaseFaults;
  #feed: FeedRow[] = [];
  #drawn = 0;
  #pruned = 0;
  readonly #nodes = new Map<string, NodeRow>();
  readonly #listeners = new Set<Listener>();

  constructor(time: VirtualTime, random: () => number, faults: DatabaseFaults = {}) {
    this.#time = time;
    this.#random = random;
    this.#faults = faults;
  }

  get head(): number {
    return this.#feed.at(-1)?.sequence ?? this.#pruned;
  }

  /** Deletes the feed up to a drawn row. */
  prune(): void {
    this.#pruned = this.head;
    this.#feed = [];
  }

  /**
   * A statement of a machine: it takes its snapshot when it arrives, and its effect when it has the locks. Either way of it may take long or lose
   * it; who asked then learns nothing, or that the connection is lost.
   */
  call<Snapshot, Result>(
    machine: Machine,
    isCutOff: () => boolean,
    snapshot: () => Snapshot,
    effect: (snapshot: Snapshot) => Result,
    [thereMs, backMs]: readonly [number | undefined, number | undefined] = [undefined, undefined],
  ): Promise<Result> {
    return new Promise((resolve, reject) => {
      const fail = () => this.#after(this.#delayMs(), () => machine.deliver(() => reject(new Error("the connection was lost"))));
      const isLost = () => this.isDown || isCutOff() || this.#random() < this.lossRate;
      const isTold = this.#random() < 0.5;
      this.#after(thereMs ?? this.#delayMs(), () => {
        if (isLost()) return void (isTold && fail());
        const seen = snapshot();
        this.#after(this.#random() < 0.2 ? this.#delayMs() : 0, () => {
          if (this.isDown) return void (isTold && fail());
          const result = effect(seen);
          if (isLost()) return void (isTold && fail());
          this.#after(backMs ?? this.#delayMs(), () => machine.deliver(() => resolve(result)));
        });
      });
    });
  }

  /** Commits a change with its row in the feed. */
  change(machine: Machine, isCutOff: () => boolean, changes: readonly StateChange[], apply: () => void): Promise<void> {
    const row = (sequence: number): FeedRow => ({ sequence, kind: "key", subjectId: "", changes });
    return this.call(
      machine,
      isCutOff,
      () => ++this.#drawn,
      (drawn) => {
        apply();
        const sequence = this.#faults.drawsNumbersEarly === true ? drawn : this.head + 1;
        this.#feed = [...this.#feed, row(sequence)].sort((a, b) => a.sequence - b.sequence);
        this.#wake("feed");
      },
    );
  }

  #changesAfter(machine: Machine, isCutOff: () => boolean, after: number, limit: number): Promise<readonly FeedRow[]> {
    const read = () => this.#feed.filter(({ sequence }) => sequence > after).slice(0, limit);
    return this.call(machine, isCutOff, read, (rows) => rows);
  }

  nodes(machine: Machine, isCutOff: () => boolean, isWoken: boolean): NodeStore {
    const nothing = () => undefined;
    const own = ({ id, epoch }: Membership) => (this.#nodes.get(id)?.epoch === epoch ? this.#nodes.get(id) : undefined);
    const call = <Snapshot, Result>(
      snapshot: () => Snapshot,
      effect: (seen: Snapshot) => Result,
      ways?: readonly [number | undefined, number | undefined],
    ) => this.call(machine, isCutOff, snapshot, effect, ways);
    return {
      join: ({ id, epoch, leaseMs }) =>
        call(nothing, () => {
          if ((this.#nodes.get(id)?.epoch ?? 0) < epoch) this.#nodes.set(id, { id, epoch, seen: -1, renewals: 0, leaseMs });
        }, [this.held.join, undefined]),
      renew: (renewal: Renewal) =>
        call(
          () => this.head,
          (head) => {
            const row = own(renewal);
            if (row === undefined) return undefined;
            this.#nodes.set(row.id, { ...row, seen: Math.max(row.seen, renewal.seen), renewals: row.renewals + 1 });
            return { head };
          },
          [undefined, this.held.renewed],
        ),
      acknowledge: (membership, seen) =>
        call(nothing, () => {
          const row = own(membership);
          if (row !== undefined) this.#nodes.set(row.id, { ...row, seen: Math.max(row.seen, seen) });
          this.#wake("acknowledgement");
        }),
      standing: () =>
        call(
          () => ({ head: this.head, nodes: [...this.#nodes.values()] }),
          (standing) => standing,
        ),
      evict: (rows) => {
        this.evictions++;
        const remove = () => {
          for (const row of rows) {
            const found = own(row);
            if (found !== undefined && (this.#faults.evictsUnguarded === true || found.renewals === row.renewals))
              this.#nodes.delete(row.id);
          }
          this.#wake("acknowledgement");
        };
        return call(nothing, remove, [this.held.evict, undefined]);
      },
      leave: (membership) =>
        call(nothing, () => {
          if (own(membership) !== undefined) this.#nodes.delete(membership.id);
          this.#wake("acknowledgement");
        }),
      list: async () => [],
      changesAfter: (after, limit) => this.#changesAfter(machine, isCutOff, after, limit),
      wakeups: {
        isWorking: () => isWoken,
        subscribe: (topic, run) => {
          const listener = { machine, isCutOff, topic, run };
          if (isWoken) this.#listeners.add(listener);
          return () => void this.#listeners.delete(listener);
        },
      },
    };
  }

  #wake(topic: WakeupTopic): void {
    for (const listener of this.#listeners) {
      if (listener.topic !== topic || this.#random() < Math.max(0.02, this.lossRate)) continue;
      this.#after(this.#delayMs(), () => {
        if (!listener.isCutOff()) listener.machine.deliver(() => listener.run(""));
      });
    }
  }

  #after(milliseconds: number, run: () => void): void {
    this.#time.at(this.#time.now + milliseconds, run);
  }

  /** Mostly a few milliseconds, and now and then very long. */
  #delayMs(): number {
    const quick = -Math.log(1 - this.#random()) * 2 + this.#random() * this.slowMs;
    return this.#random() < this.lateRate ? quick + this.#random() ** 3 * 3_000 : quick;
  }
}
