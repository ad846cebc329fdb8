/** The parts of a node among several, as far as a service is made of them; a single process has an endless lease and nobody to wait for. */
import type { NewId } from "../../engine/id.ts";
import type { Store } from "../../stores/contract.ts";
import { type NodeStore, SHARED } from "../../stores/node-contract.ts";
import type { Clocks } from "../clocks.ts";
import type { KeywardOptions } from "../keyward.ts";
import type { ThreadPlace } from "../threads.ts";
import type { ApplyChange } from "./apply-change.ts";
import { ENDLESS, LEASE_MS, type Lease, NodeLease } from "./lease.ts";
import { Node } from "./node.ts";
import { nodeReport, sumOf } from "./node-report.ts";
import { realTimers } from "./timers.ts";

/** How this process shares its database with others. */
export interface NodeSettings extends Pick<KeywardOptions, "nodes" | "aboutNode" | "onNodeEvent"> {
  /** How long a renewal lasts for which this node may answer from memory. */
  readonly leaseMs?: number;
}

interface Memory {
  readonly applyChange: ApplyChange;
  /** Verifications since the start, by outcome. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly newId: NewId;
}

interface NodeParts {
  readonly lease: Lease;
  /** False while changes of others do not reach this process; undefined when there are no others. */
  readonly isTold: (() => boolean) | undefined;
  /** Undefined when there are no others. Call it once; the node does nothing before its `start`. */
  readonly open: (memory: Memory) => Node | undefined;
}

/** @throws TypeError when this process would not learn of what others change */
export function refuseAlone(store: Store, nodes: NodeStore | undefined): void {
  if (SHARED in store && nodes === undefined)
    throw new TypeError(
      "other processes may share this database: pass all that openPostgres returned, with its nodes, not the store alone",
    );
}

/** @param place where the process has several threads: the main one renews the lease, and all of them read it */
export function composeNode(
  { nodes, leaseMs = LEASE_MS, aboutNode, onNodeEvent }: NodeSettings,
  clocks: Clocks,
  place: Pick<ThreadPlace, "lease" | "desk" | "others" | "isBehind"> | undefined,
): NodeParts {
  if (nodes === undefined && place?.desk === undefined) return { lease: ENDLESS, isTold: undefined, open: () => undefined };
  const { monotonic, wall } = clocks;
  const lease = new NodeLease({ monotonic, wall }, leaseMs, place?.lease);
  if (nodes === undefined) return inOtherThread(lease, place?.isBehind, monotonic);
  const isTold = () => lease.covers(monotonic());
  return {
    lease,
    isTold,
    open({ applyChange, outcomes, newId }) {
      const startedAt = wall();
      return new Node({
        id: newId({ prefix: "node_", spelling: "ulid" }, startedAt),
        store: nodes,
        apply: applyChange,
        lease,
        leaseMs,
        monotonic,
        timers: realTimers,
        about: nodeReport({ startedAt, monotonic, count: () => sumOf(outcomes) + (place?.others?.verifications() ?? 0), about: aboutNode }),
        ...(onNodeEvent !== undefined && { onEvent: onNodeEvent }),
      });
    },
  };
}

/**
 * The main thread may have told a change and renewed the lease after this thread took its changes, and before it reads the lease. So the lease
 * counts only where nothing was told since.
 */
function inOtherThread(lease: NodeLease, isBehind: (() => boolean) | undefined, monotonic: () => number): NodeParts {
  const covers = (now: number) => lease.covers(now) && isBehind?.() !== true;
  return { lease: { covers }, isTold: () => lease.covers(monotonic()), open: () => undefined };
}
