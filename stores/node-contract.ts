/**
 * What the nodes of one Keyward need from the database that they share. docs/decisions/0026 has the protocol and why it is safe; (a) to (e)
 * refer to its argument. No time of one clock is compared with a time of another: a lease is a duration.
 */
import type { FeedRow } from "./contract.ts";
import type { Wakeups } from "./wakeups.ts";

/** On a store that other processes may share: it must not be used without its nodes. */
export const SHARED: unique symbol = Symbol.for("keyward.shared");

/** One membership of a node: a process has a new epoch each time it joins. */
export interface Membership {
  /** Drawn for each start of a process. */
  readonly id: string;
  readonly epoch: number;
}

/** What people are told about a node. Nothing depends on it. */
export interface AboutNode {
  readonly host: string;
  readonly pid: number;
  /** Where the node listens; empty until it does. */
  readonly url: string;
  readonly version: string;
  /** Milliseconds since the epoch, by the clock of the node. */
  readonly startedAt: number;
  /** Verifications a second since the renewal before. */
  readonly verificationsPerSecond: number;
}

export interface Renewal extends Membership {
  /** The number of the last change that the node has applied. */
  readonly seen: number;
  readonly about: AboutNode;
}

/** A node as others see it. */
export interface NodeRow extends Membership {
  /** The number of the last change that it has acknowledged; -1 until the first renewal after it joined. */
  readonly seen: number;
  /** How often this membership was renewed. Two reads with the same number lie within one lease. */
  readonly renewals: number;
  /** The duration for which each of its renewals lets it answer from memory, at most. */
  readonly leaseMs: number;
}

export interface Standing {
  /** The number of the last committed change. */
  readonly head: number;
  /** Every node that may have a lease. */
  readonly nodes: readonly NodeRow[];
}

/** For people. Durations are by the clock of the database. */
export interface ListedNode extends Membership {
  readonly about: AboutNode;
  /** Changes that it has not acknowledged yet. */
  readonly lag: number;
  readonly renewedMsAgo: number;
  readonly leaseMs: number;
}

/** Every method is atomic and reads from the primary. Any may throw `StoreUnavailable`; it is then unknown whether it had an effect. */
export interface NodeStore {
  /**
   * Registers a membership, durably, in place of earlier ones with the same id. It has no lease yet: the first renewal that follows gives one.
   * An earlier epoch that arrives late changes nothing. (d)
   */
  join(node: Renewal & { readonly leaseMs: number }): Promise<void>;
  /**
   * Counts a renewal of a membership that is still registered, and says how far the feed goes, as of a snapshot that was taken after the call
   * began (b). Undefined: the membership is gone, and the node must join again.
   */
  renew(renewal: Renewal): Promise<{ readonly head: number } | undefined>;
  /** Notes that the node has applied the feed up to `seen`, and wakes whoever waits for that. Never takes an acknowledgement back. */
  acknowledge(membership: Membership, seen: number): Promise<void>;
  /** The head of the feed and all nodes, in one snapshot that was taken after the call began. */
  standing(): Promise<Standing>;
  /** Removes memberships, each only if it was not renewed since it was read: `renewals` is still the same. Wakes whoever waits for them. */
  evict(nodes: readonly (Membership & { readonly renewals: number })[]): Promise<void>;
  /** Removes one's own membership. The node has given up its lease before. Wakes whoever waits for it. */
  leave(membership: Membership): Promise<void>;
  /** All nodes, in order of id. */
  list(): Promise<readonly ListedNode[]>;
  /** Like that of the store, and not behind its requests: a node that cannot read the feed loses its lease. */
  changesAfter(sequence: number, limit: number): Promise<readonly FeedRow[]>;
  readonly wakeups: Wakeups;
}
