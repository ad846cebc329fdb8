/** One node: the verifier, the cache, the changes and the lease that run in production, on a machine and a database that are simulated. */

import { credentialIssued, keyChanged, type StateChange } from "../../../../engine/state-change.ts";
import { agentpay } from "../../../../platforms/agentpay.ts";
import { changeApplier } from "../../../../service/changes/apply-change.ts";
import { committer } from "../../../../service/changes/commit.ts";
import { type LeaseClocks, NodeLease } from "../../../../service/changes/lease.ts";
import { Node, type NodeOptions } from "../../../../service/changes/node.ts";
import type { Timers } from "../../../../service/changes/timers.ts";
import { Clocks } from "../../../../service/clocks.ts";
import { MemoryLimiter } from "../../../../service/limiting/memory-limiter.ts";
import { deriveSecrets } from "../../../../service/secrets.ts";
import { serviceTokenCache } from "../../../../service/service-tokens.ts";
import { UseRecorder } from "../../../../service/verification/use-recorder.ts";
import { Verifier } from "../../../../service/verification/verifier.ts";
import type { Digests, FindCredentialResult, VerificationRecord } from "../../../../stores/contract.ts";
import { someKey } from "../../../engine/some-key.ts";
import type { SimulatedDatabase } from "./database.ts";
import { Machine, type VirtualTime } from "./virtual-time.ts";

export const SECRETS = deriveSecrets({ id: 1, secret: "test-secret-test-secret-test-secret" });
/** Shorter than in production, so that a history of a minute has more of them. */
export const LEASE_MS = 1_000;

const DECOY: VerificationRecord = { key: someKey({ id: "decoy" }), digest: "", organization: undefined, counter: undefined };

/** What a node could get wrong: parts that stand in for the real ones. */
export interface NodeFaults {
  readonly lease?: (clocks: LeaseClocks, leaseMs: number, timers: Timers) => NodeOptions["lease"];
  /** Changes what the node is made with. */
  readonly options?: (options: NodeOptions) => NodeOptions;
  /** Changes are answered at once. */
  readonly waitsForNobody?: boolean;
}

export class SimulatedNode {
  readonly machine: Machine;
  readonly verifier: Verifier;
  readonly node: Node;
  /** No message reaches it or the database from it. */
  isCutOff = false;
  readonly #database: SimulatedDatabase;
  readonly #commit: ReturnType<typeof committer>;

  constructor(id: string, time: VirtualTime, random: () => number, database: SimulatedDatabase, faults: NodeFaults = {}) {
    const machine = new Machine(time, random);
    const isCutOff = () => this.isCutOff;
    this.machine = machine;
    this.#database = database;
    const { monotonic, wall } = machine;
    const clocks = new Clocks(wall, { id, now: monotonic });
    const timers = { after: machine.after };
    const lease = faults.lease?.(machine, LEASE_MS, timers) ?? new NodeLease({ monotonic, wall }, LEASE_MS);
    const find = (lookups: Digests): Promise<FindCredentialResult> =>
      database.call(
        machine,
        isCutOff,
        () => database.keys.get([lookups].flat()[0] ?? ""),
        (record) => (record === undefined ? { outcome: "not_found", decoy: DECOY } : { outcome: "found", ...record }),
      );
    const mover = { note: () => undefined };
    const limiter = new MemoryLimiter({ clocks, store: { findCounter: async () => undefined }, forgotten: () => undefined });
    this.verifier = new Verifier({
      system: agentpay,
      environments: agentpay.environments,
      store: { findKeyByDigest: find, findKeyByPublicKey: find },
      secrets: SECRETS,
      mover,
      recorder: new UseRecorder({ recordUse: async () => undefined, counters: limiter, clocks }),
      limiter,
      clocks,
      lease,
      capacity: 1_000,
    });
    const watches = { keyChanged: () => undefined, organizationChanged: () => undefined, anythingChanged: () => undefined };
    const serviceTokens = serviceTokenCache({
      store: { findServiceTokenByDigest: async () => undefined } as never,
      secrets: SECRETS,
      mover,
    });
    const memory = { keys: this.verifier.cache, serviceTokens, watches };
    const apply = changeApplier(memory);
    const options: NodeOptions = {
      id,
      store: database.nodes(machine, isCutOff, random() < 0.8),
      apply,
      lease,
      leaseMs: LEASE_MS,
      monotonic,
      timers,
      about: () => ({ host: "", pid: 0, url: "", version: "", startedAt: 0, verificationsPerSecond: 0 }),
    };
    this.node = new Node(faults.options?.(options) ?? options);
    this.#commit = committer(apply, faults.waitsForNobody === true ? undefined : () => this.node.settled());
  }

  revoke(lookup: string, id: string): Promise<void> {
    const { keys } = this.#database;
    return this.#change([keyChanged(id)], () => {
      const record = keys.get(lookup);
      if (record !== undefined) keys.set(lookup, { ...record, key: { ...record.key, revokedAt: 1 } });
    });
  }

  create(lookup: string, id: string): Promise<void> {
    return this.#change([credentialIssued(lookup)], () => addKey(this.#database, lookup, id));
  }

  #change(changes: readonly StateChange[], apply: () => void): Promise<void> {
    return this.#commit(
      () => this.#database.change(this.machine, () => this.isCutOff, changes, apply),
      () => changes,
    );
  }
}

export function addKey(database: SimulatedDatabase, lookup: string, id: string): void {
  database.keys.set(lookup, { key: someKey({ id, counterId: id }), digest: lookup, organization: undefined, counter: undefined });
}
