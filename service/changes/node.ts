/**
 * The life of one node among several: it joins, renews its lease, follows the change feed, acknowledges it, and leaves. docs/decisions/0026 has the
 * protocol. Nothing here decides about a request: the lease does, by the clock.
 */
import { ANYTHING_CHANGED } from "../../engine/state-change.ts";
import type { AboutNode, Membership, NodeStore } from "../../stores/node-contract.ts";
import { sharedRun } from "../shared-run.ts";
import type { ApplyChange } from "./apply-change.ts";
import { Follower } from "./follower.ts";
import type { NodeLease } from "./lease.ts";
import { Peers } from "./peers.ts";
import { type Timers, within } from "./timers.ts";

/** What people should hear of. `degraded`: without a lease, each request asks the database. */
export type NodeEvent =
  | { readonly kind: "leased" }
  | { readonly kind: "degraded"; readonly reason: string }
  /** Others took it for dead, or the feed no longer has what it missed. */
  | { readonly kind: "joining_again"; readonly reason: "evicted" | "gap" }
  | { readonly kind: "peer_evicted"; readonly id: string }
  | { readonly kind: "unwoken" }
  | { readonly kind: "woken" };

export interface NodeOptions {
  readonly id: string;
  readonly store: NodeStore;
  readonly apply: ApplyChange;
  readonly lease: Pick<NodeLease, "covers" | "moment" | "renewed" | "end" | "leftMs">;
  readonly leaseMs: number;
  readonly monotonic: () => number;
  readonly timers: Timers;
  readonly about: () => AboutNode;
  readonly onEvent?: (event: NodeEvent) => void;
}

/** For metrics and people. */
export interface NodeState {
  readonly id: string;
  /** What is left of the lease, in milliseconds; 0 for a node that is degraded. */
  readonly leaseMs: number;
  /** Committed changes that this node has not applied, as far as it knows. */
  readonly lag: number;
}

/** After a renewal that failed. */
const AGAIN_MS = 250;
/** How often the feed is looked at while no wakeup arrives. */
const LOOK_MS = 100;
const ignore = () => undefined;

export class Node {
  readonly #options: NodeOptions;
  readonly #follower: Follower;
  readonly #peers: Peers;
  readonly #acknowledge: () => Promise<void>;
  readonly #unsubscribe: (() => void)[] = [];
  #membership: Membership;
  #isMember = false;
  /** The membership has had its first renewal: memory is as new as the feed. */
  #isFollowing = false;
  #acknowledged = -1;
  #head = 0;
  #isStopped = false;
  #cancelTurn: () => void = ignore;
  #turning: Promise<void> = Promise.resolve();
  #wasLeased: boolean | undefined;
  #wasWoken: boolean | undefined;
  #isLooking = false;

  constructor(options: NodeOptions) {
    const { id, store, apply, leaseMs, timers, monotonic, onEvent } = options;
    this.#options = options;
    this.#membership = { id, epoch: 0 };
    this.#follower = new Follower({ changesAfter: (sequence, limit) => this.#within(store.changesAfter(sequence, limit)), apply });
    const onEvicted = (evicted: string) => onEvent?.({ kind: "peer_evicted", id: evicted });
    this.#peers = new Peers({ store, id, leaseMs, timers, monotonic, onEvicted });
    this.#acknowledge = sharedRun(() => this.#acknowledgeNow());
  }

  /** Joins, and resolves when the node has its first lease or could not get one: it goes on trying. */
  async start(): Promise<void> {
    const { wakeups } = this.#options.store;
    this.#unsubscribe.push(
      wakeups.subscribe("feed", () => void this.#followFeed()),
      wakeups.subscribe("acknowledgement", () => this.#peers.wake()),
    );
    await this.#turn();
  }

  /** Gives the lease up: from now on each request asks the database, and nobody waits for this node. Resolves when the others can know. */
  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#cancelTurn();
    for (const end of this.#unsubscribe) end();
    this.#options.lease.end();
    await this.#turning;
    this.#options.lease.end();
    if (this.#isMember) await this.#within(this.#options.store.leave(this.#membership)).catch(ignore);
    this.#isMember = false;
  }

  /** For whoever has committed a change: resolves when no other node answers from memory by what was true before. */
  settled(): Promise<void> {
    return this.#peers.settled();
  }

  get state(): NodeState {
    const { id, lease } = this.#options;
    return { id, leaseMs: lease.leftMs(), lag: this.#isFollowing ? Math.max(0, this.#head - this.#follower.applied) : 0 };
  }

  /** One renewal, and joining before it where that is needed. Then the next is due. */
  #turn(): Promise<void> {
    this.#turning = this.#renew().then(
      (nextInMs) => this.#turnIn(nextInMs),
      (error) => {
        this.#tell(error instanceof Error ? error.message : "unknown");
        this.#turnIn(AGAIN_MS);
      },
    );
    return this.#turning;
  }

  #turnIn(milliseconds: number): void {
    this.#cancelTurn();
    if (!this.#isStopped) this.#cancelTurn = this.#options.timers.after(milliseconds, () => void this.#turn());
  }

  /** Returns the time until the next renewal. */
  async #renew(): Promise<number> {
    const { store, lease, leaseMs, about, apply } = this.#options;
    if (!this.#isMember) await this.#join();
    if (this.#isStopped) return 0;
    // Read before the renewal is sent: the lease begins here, whenever the response comes.
    const moment = lease.moment();
    const seen = this.#isFollowing ? this.#follower.applied : -1;
    const renewed = await this.#within(store.renew({ ...this.#membership, seen, about: about() }));
    if (renewed === undefined) return this.#joinAgain("evicted");
    this.#head = Math.max(this.#head, renewed.head);
    if (!this.#isFollowing) {
      apply(ANYTHING_CHANGED);
      this.#follower.startAt(renewed.head);
      this.#isFollowing = true;
    } else if (renewed.head < seen || !(await this.#catchUp(renewed.head))) return this.#joinAgain("gap");
    if (this.#isStopped) return 0;
    lease.renewed(moment);
    this.#tell();
    this.#acknowledge().catch(ignore);
    // Also when nobody changes anything, so that nobody who does will wait for a node that has died.
    this.#peers.look().catch(ignore);
    return Math.max(0, leaseMs / 3 - (lease.moment().monotonic - moment.monotonic));
  }

  async #join(): Promise<void> {
    const { store, leaseMs, about } = this.#options;
    this.#membership = { ...this.#membership, epoch: this.#membership.epoch + 1 };
    this.#isFollowing = false;
    this.#acknowledged = -1;
    await this.#within(store.join({ ...this.#membership, seen: -1, leaseMs, about: about() }));
    this.#isMember = true;
  }

  /** Applies the feed up to `head` at least. False: it has a gap. */
  async #catchUp(head: number): Promise<boolean> {
    return this.#follower.applied >= head || ((await this.#follower.follow()) && this.#follower.applied >= head);
  }

  /** After a wakeup. Whatever fails here is caught up by the next renewal. */
  async #followFeed(): Promise<void> {
    if (!this.#isFollowing || this.#isStopped) return;
    try {
      if (!(await this.#follower.follow())) {
        this.#joinAgain("gap");
        return this.#turnIn(0);
      }
      this.#head = Math.max(this.#head, this.#follower.applied);
      await this.#acknowledge();
    } catch {}
  }

  async #acknowledgeNow(): Promise<void> {
    const { applied } = this.#follower;
    if (applied <= this.#acknowledged || !this.#isFollowing) return;
    const membership = this.#membership;
    await this.#within(this.#options.store.acknowledge(membership, applied));
    if (membership === this.#membership) this.#acknowledged = applied;
  }

  /** At the next renewal, which is due at once. */
  #joinAgain(reason: "evicted" | "gap"): number {
    this.#options.lease.end();
    this.#isMember = false;
    this.#isFollowing = false;
    this.#options.onEvent?.({ kind: "joining_again", reason });
    return 0;
  }

  /** Tells of what has changed since the last renewal. */
  #tell(failure?: string): void {
    const { lease, monotonic, onEvent, store } = this.#options;
    const isLeased = lease.covers(monotonic());
    if (isLeased && !this.#wasLeased) onEvent?.({ kind: "leased" });
    if (!isLeased && this.#wasLeased !== false) onEvent?.({ kind: "degraded", reason: failure ?? "the renewal came too late" });
    this.#wasLeased = isLeased;
    const isWoken = store.wakeups.isWorking();
    if (isWoken !== this.#wasWoken && (this.#wasWoken !== undefined || !isWoken)) onEvent?.({ kind: isWoken ? "woken" : "unwoken" });
    this.#wasWoken = isWoken;
    if (!isWoken) this.#lookOn();
  }

  /** Until wakeups arrive. */
  #lookOn(): void {
    const { store, timers } = this.#options;
    if (this.#isLooking || this.#isStopped || store.wakeups.isWorking()) return;
    this.#isLooking = true;
    timers.after(LOOK_MS, () => {
      void this.#followFeed().then(() => {
        this.#isLooking = false;
        this.#lookOn();
      });
    });
  }

  #within<Result>(call: Promise<Result>): Promise<Result> {
    return within(this.#options.timers, this.#options.leaseMs / 3, call);
  }
}
