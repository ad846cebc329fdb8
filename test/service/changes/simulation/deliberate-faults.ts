/** Mistakes that somebody could make in the protocol. The simulation must catch each of them. */
import { ANYTHING_CHANGED } from "../../../../engine/state-change.ts";
import type { ApplyChange } from "../../../../service/changes/apply-change.ts";
import { NodeLease } from "../../../../service/changes/lease.ts";
import type { NodeOptions } from "../../../../service/changes/node.ts";
import type { NodeStore } from "../../../../stores/node-contract.ts";
import { lateEviction, lateRenewal, type Scene, sleepingMachine, slowJoin } from "./hand-drawn.ts";
import type { Deliberate } from "./simulate.ts";

const withStore = (change: (store: NodeStore, options: NodeOptions) => Partial<NodeStore>): Deliberate => ({
  options: (options) => ({ ...options, store: { ...options.store, ...change(options.store, options) } }),
});

/** Never empties memory. */
const remembering =
  (apply: ApplyChange): ApplyChange =>
  (change) => {
    if (change !== ANYTHING_CHANGED) apply(change);
  };

/** Caught by drawn histories, or by one that is drawn by hand. */
export const DELIBERATE: readonly [sentence: string, deliberate: Deliberate, history?: Scene][] = [
  [
    "a flag that a timer clears, instead of a clock that each request reads",
    {
      lease(clocks, leaseMs, timers) {
        let isLeased = false;
        let cancel: () => void = () => undefined;
        return Object.assign(new NodeLease(clocks, leaseMs), {
          covers: () => isLeased,
          renewed: () => {
            cancel();
            isLeased = true;
            cancel = timers.after(leaseMs * 0.99 - 50, () => {
              isLeased = false;
            });
          },
          end: () => {
            isLeased = false;
          },
        });
      },
    },
  ],
  [
    "a lease that is measured from the response",
    {
      lease: (clocks, leaseMs) => {
        const lease = new NodeLease(clocks, leaseMs);
        const renewed = lease.renewed.bind(lease);
        return Object.assign(lease, { renewed: () => renewed(lease.moment()) });
      },
    },
    lateRenewal,
  ],
  [
    "a lease that does not look at the wall clock",
    { lease: ({ monotonic }, leaseMs) => new NodeLease({ monotonic, wall: () => Math.floor(monotonic()) }, leaseMs) },
    sleepingMachine,
  ],
  [
    "a head of the feed that was read before joining",
    {
      options(options) {
        const { store } = options;
        let joinedAt: number | undefined;
        return {
          ...options,
          apply: remembering(options.apply),
          store: {
            ...store,
            async join(node) {
              joinedAt = (await store.standing()).head;
              options.apply(ANYTHING_CHANGED);
              await store.join(node);
            },
            async renew(renewal) {
              const head = joinedAt;
              joinedAt = undefined;
              return head === undefined ? store.renew(renewal) : { head };
            },
          },
        };
      },
    },
    slowJoin,
  ],
  ["a memory that is not emptied when the node joins again", { options: (options) => ({ ...options, apply: remembering(options.apply) }) }],
  [
    "a lease that begins before the feed has been applied",
    {
      options: (options) => ({
        ...options,
        store: {
          ...options.store,
          changesAfter: async (sequence, limit) => {
            options.lease.renewed(options.lease.moment());
            return options.store.changesAfter(sequence, limit);
          },
        },
      }),
    },
  ],
  [
    "a change that is acknowledged before it has been applied",
    withStore((store) => ({
      renew: async (renewal) => {
        const renewed = await store.renew(renewal);
        if (renewed !== undefined) await store.acknowledge(renewal, renewed.head);
        return renewed;
      },
      acknowledge: async (membership, seen) => store.acknowledge(membership, seen + 2),
    })),
  ],
  ["numbers of the feed from a sequence, which have gaps until the commits are over", { database: { drawsNumbersEarly: true } }],
  ["an eviction of a node that has renewed its lease meanwhile", { database: { evictsUnguarded: true } }, lateEviction],
  ["a change that is answered before the other nodes know", { waitsForNobody: true }],
];
