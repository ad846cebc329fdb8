/** Builds the service from its parts. `keyward()` and the server begin here. */
import { randomBytes as cryptoRandomBytes } from "node:crypto";
import type { Environment } from "../engine/api-key.ts";
import { drawnAhead } from "../engine/drawn-ahead.ts";
import { harmlessPath } from "../engine/harmless-path.ts";
import { harmlessText } from "../engine/harmless-text.ts";
import { idFactory } from "../engine/id.ts";
import type { RandomBytes } from "../engine/key-format.ts";
import type { KeySystem } from "../engine/key-system.ts";
import { USAGE_RETENTION } from "../engine/usage-report.ts";
import type { Change, Store } from "../stores/contract.ts";
import { AUDIT_ID } from "./audit.ts";
import type { BackgroundWork } from "./background.ts";
import { type ApplyChange, changeApplier } from "./changes/apply-change.ts";
import { type Commit, committer } from "./changes/commit.ts";
import { composeNode, type NodeSettings, refuseAlone } from "./changes/compose-node.ts";
import { Clocks, cautiousTime, type MonotonicClock, neverBack } from "./clocks.ts";
import { memoryOfAll } from "./key-memory.ts";
import type { Actor } from "./keys.ts";
import type { CountTogether, Keyward, KeywardOptions } from "./keyward.ts";
import { attemptsTogether } from "./limiting/attempts-together.ts";
import { type ComposedLimiters, composeLimiter } from "./limiting/compose-limiter.ts";
import type { Limiter } from "./limiting/limiter.ts";
import type { BankDesk } from "./limiting/shared/borrowing-limiter.ts";
import { settleSecrets } from "./master-secret.ts";
import { operationsOver } from "./operations.ts";
import { RefusalRecorder } from "./refusals/refusal-recorder.ts";
import { everySecretOf, requestIdOperations } from "./request-ids.ts";
import { SecretMover } from "./secret-mover.ts";
import type { Secrets } from "./secrets.ts";
import { fingerprint } from "./secrets.ts";
import { serviceTokenCache } from "./service-tokens.ts";
import { savingForAll, type ThreadPlace } from "./threads.ts";
import type { CachedKey } from "./verification/cached-key.ts";
import { KeyWatch } from "./verification/key-watch.ts";
import { UseRecorder } from "./verification/use-recorder.ts";
import { Verifier } from "./verification/verifier.ts";

export interface Composition {
  /** Nothing repeats yet: see `work`. Its `close` writes what is in memory. */
  readonly keyward: Keyward;
  /** For `startBackground`. */
  readonly work: BackgroundWork;
  readonly secrets: Secrets;
  readonly verifier: Verifier;
  readonly limiter: ComposedLimiters;
  /** For the other threads of a node among several. */
  readonly desk: BankDesk | undefined;
  /** For changes that other nodes made. Those of this one are applied by the operations. */
  readonly applyChange: ApplyChange;
}

/**
 * With `nodes`, resolves when this process has joined the others and has its first lease, or could not get one yet.
 * @param place where the process has several threads
 * @throws Error when the database belongs to another secret or another platform
 */
export async function composeService(
  options: Omit<KeywardOptions, "onFlushFailed"> & Pick<NodeSettings, "leaseMs">,
  place?: ThreadPlace,
): Promise<Composition> {
  const { platform: system, store, clock = Date.now, randomBytes = cryptoRandomBytes, cachedKeys = 250_000 } = options;
  const retention = { ...USAGE_RETENTION, ...options.usageRetention };
  const environments = servedEnvironments(system, options.environment);
  refuseAlone(store, options.nodes);
  const secrets = await settleSecrets(store, options, clock());
  await settle(
    store,
    "platform",
    system.name,
    (stored) =>
      `this database does not belong to the platform ${system.name} but to ${stored}; serve that one, or use another database: --data or KEYWARD_DATABASE_URL`,
  );

  const newId = idFactory(drawnAhead(randomBytes));
  const changeBy = (actor: Actor, at: number): Change => {
    const common = { auditId: newId(AUDIT_ID, at), at, requestId: options.requestId?.() };
    return typeof actor === "string" ? { ...common, actor } : { ...common, actor: `key:${actor.keyId}`, byKeyId: actor.keyId };
  };
  const clocks = new Clocks(clock, options.monotonicClock ?? ownMonotonicClock(options.clock, randomBytes));
  const { lease, isTold, open: openNode } = composeNode(options, clocks, place);
  const others = place?.others;
  const isMain = place === undefined || others !== undefined;
  const { bank, journal } = options;
  const forgotten = (id: string) => verifier.cache.noteChange(id);
  const limiting = await composeLimiter({ bank, journal, place, isMain, clocks, lease, store, cachedKeys, newId, forgotten });
  const { limiter, tend, bank: shared } = limiting;
  const recorder = new UseRecorder({ recordUse: store.recordUse, counters: limiting.counters, clocks });
  const mover = new SecretMover({ system, store, secrets, movesSealed: isMain });
  const verifier: Verifier = new Verifier({
    system,
    environments,
    store,
    secrets,
    mover,
    recorder,
    limiter,
    clocks,
    lease,
    capacity: cachedKeys,
  });
  const serviceTokens = serviceTokenCache({ store, secrets, mover });
  const watches = new KeyWatch({
    environments,
    find: store.findKeyOfAny,
    isCurrent: (key) => lease.covers(clocks.monotonic()) && verifier.cache.get((key as CachedKey).cacheName) === key,
    isTold,
    now: clocks.wall,
  });
  const applyHere = changeApplier({ keys: verifier.cache, serviceTokens, watches });
  const applyChange: ApplyChange = (change) => {
    applyHere(change);
    others?.tell(change);
  };
  const node = openNode({ applyChange, outcomes: verifier.outcomes, newId });
  const commit = isMain ? committer(applyChange, node && (() => node.settled())) : noChanges;
  const saveUse = others === undefined ? () => recorder.flush() : savingForAll(others, () => recorder.flush());
  const harmless = harmlessText(everySecretOf(system));
  const refusalRecorder = new RefusalRecorder({
    record: store.recordRefusals,
    newId,
    clock: clocks.wall,
    harmless,
    harmlessPath: (target) => harmlessPath(target, system),
  });
  const flushHere = () => everyOf([saveUse(), refusalRecorder.flush(), mover.flush()]);
  const flush = others === undefined ? flushHere : async () => void (await Promise.all([others.flush(), flushHere()]));
  const parts: Parameters<typeof operationsOver>[0] = {
    system,
    environments,
    store,
    secrets,
    memory: others === undefined ? verifier : memoryOfAll(verifier, others),
    limiter,
    serviceTokens,
    commit,
    clocks,
    lease,
    randomBytes,
    newId,
    changeBy,
    flush,
    refusalRecorder,
    whyEnded: (key, ask) => watches.whyEnded(key, ask),
    retention,
  };
  const pruneTime = cautiousTime(clocks);
  const service: Keyward = {
    platform: system,
    environments,
    ...operationsOver(parts),
    verify: (presented, ask, holds) => verifier.verify(presented, ask, holds),
    watch: (key, ask, onEnded) => watches.watch(key, ask, onEnded),
    mayGoOn: (key, ask) => watches.mayGoOn(key, ask),
    countTogether: bank && countingTogether(limiter, clocks),
    attemptsTogether: shared && attemptsTogether({ bank: shared, secrets }),
    requestIds: requestIdOperations(system, { randomBytes }),
    listNodes: async () => (options.nodes === undefined ? [] : await options.nodes.list()),
    statistics: () => ({
      outcomes: { ...verifier.outcomes },
      cachedKeys: verifier.cache.size,
      cache: { answeredBy: { ...verifier.answeredBy }, evictions: verifier.cache.evictions, unknown: verifier.cache.unknownSize },
      usage: recorder.queue,
      droppedRefusals: refusalRecorder.dropped,
      bank: limiting.statistics?.(),
      node: node?.state,
    }),
    clock,
    monotonic: clocks.monotonic,
    ping: store.ping,
    flush,
    close: () =>
      flushHere()
        // The other threads have ended, and left their journals.
        .then(() => others && journal?.discardAll())
        .finally(() => limiting.close?.())
        .finally(() => node?.stop()),
  };
  const work: BackgroundWork = {
    flush: flushHere,
    prune: async () => {
      await store.prune(pruneTime(), retention.hourlyDays, retention.dailyDays);
      await bank?.pruneBank();
    },
    ...(tend && { tend }),
  };
  await node?.start();
  return { keyward: service, work, secrets, verifier, limiter, desk: limiting.desk, applyChange };
}

/** In a thread that is not the main one: the others would not learn of the change. */
const noChanges: Commit = async () => {
  throw new Error("changes are made in the main thread");
};

function ownMonotonicClock(wall: (() => number) | undefined, random: RandomBytes): MonotonicClock {
  const id = Buffer.from(random(16)).toString("base64url");
  // Kept in a variable: the global is a getter, and each verification reads this clock.
  const own = performance;
  return { id, now: wall === undefined ? () => own.now() : neverBack(wall) };
}

function servedEnvironments(system: KeySystem, environment: Environment | undefined): readonly Environment[] {
  if (environment === undefined) return system.oneEnvironmentPerDeployment ? [system.environments[0]] : system.environments;
  if (system.environments.includes(environment)) return [environment];
  throw new RangeError(`the platform ${system.name} has no environment ${environment}; it has ${system.environments.join(", ")}`);
}

/** Waits for all of them: a failure does not stop the others. @throws the first failure */
async function everyOf(flushes: readonly Promise<void>[]): Promise<void> {
  for (const flush of await Promise.allSettled(flushes)) if (flush.status === "rejected") throw flush.reason;
}

async function settle(store: Store, name: string, value: string, otherwise: (stored: string) => string): Promise<void> {
  const stored = await store.settle(name, value);
  if (stored !== value) throw new Error(otherwise(stored));
}

/** One request at a time, of counters that nobody keeps in memory. */
function countingTogether(limiter: Limiter, { monotonic }: Clocks): CountTogether {
  return async (kind, name, limits) => {
    const counter = limiter.enter(`${kind}:${bucketOf(name)}`, limits, undefined);
    if (counter === undefined) return 0;
    try {
      return await limiter.admit(counter, limits, monotonic(), false);
    } finally {
      limiter.leave(counter);
    }
  };
}

/** One of 65,536: whoever has many addresses could fill the database otherwise. */
function bucketOf(name: string): string {
  return Buffer.from(fingerprint(name), "latin1").readUInt16BE().toString(16);
}
