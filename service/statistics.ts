/** What a service knows of itself, for metrics. Plain values: other threads send theirs. */
import type { Refusal } from "../engine/judge.ts";
import type { NodeState } from "./changes/node.ts";

/** Counts since the start but for `unknown`, which is now. */
export interface CacheStatistics {
  /**
   * Credentials that were looked up: `memory` had the key, or knew that there is none (`unknown`); the `store` was asked, or had to be because
   * this node had no lease (`unleased`). A malformed credential is not looked up.
   */
  readonly answeredBy: Readonly<Record<"memory" | "unknown" | "store" | "unleased", number>>;
  /** Keys that made room for others. */
  readonly evictions: number;
  /** Credentials in memory that belong to no key. */
  readonly unknown: number;
}

/** Usage in memory that the store does not have yet. */
export interface UsageQueue {
  readonly keys: number;
  /** Since the last write of everything, in milliseconds; 0 for an empty queue. Nothing in it is older. */
  readonly ageMs: number;
  /** Writes that failed since the start. */
  readonly failures: number;
}

/** Counts since the start but for the last two, which are now. */
export interface BankStatistics {
  /** Statements. */
  readonly reads: number;
  readonly writes: number;
  /** Counters that were asked for in them. */
  readonly asks: number;
  /** Asks that another node was faster than. */
  readonly lost: number;
  /** Asks that borrowed something. */
  readonly grants: number;
  /** Requests to other nodes to give back what they had borrowed, and theirs to this one. */
  readonly recallsSent: number;
  readonly recallsReceived: number;
  /** How often the database's clock had jumped. */
  readonly clockCorrections: number;
  /** How far the wall clock of this node is ahead of the database's, in milliseconds. */
  readonly clockAheadMs: number;
  /** Counters in memory. */
  readonly counters: number;
}

/** Counts since the start, and what is in memory now. */
export interface Statistics {
  /** Verifications by outcome. */
  readonly outcomes: Readonly<Record<"valid" | Refusal, number>>;
  /** Keys in memory. */
  readonly cachedKeys: number;
  readonly cache: CacheStatistics;
  readonly usage: UsageQueue;
  /** Refused requests that were not kept for the owners of their keys: there were too many. */
  readonly droppedRefusals: number;
  /** Limits that are shared with other nodes; undefined on the embedded database. */
  readonly bank: BankStatistics | undefined;
  /** This node among several; undefined on the embedded database. */
  readonly node: NodeState | undefined;
}
