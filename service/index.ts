/** Keyward as a library: the operations over a store. Everything that serves HTTP or a command line stands on this. */
import { randomBytes as cryptoRandomBytes } from "node:crypto";
import type { Environment } from "../engine/api-key.ts";
import { idFactory } from "../engine/id.ts";
import type { RandomBytes } from "../engine/key-format.ts";
import type { KeySystem } from "../engine/key-system.ts";
import type { Change, Store } from "../stores/contract.ts";
import { AUDIT_ID, type Audit, auditOperations } from "./audit.ts";
import { type Claims, claimOperations } from "./claims.ts";
import { Clocks, cautiousTime, type MonotonicClock, neverBack } from "./clocks.ts";
import { IdempotencyKeys } from "./idempotency.ts";
import { type Inspection, inspectionOperations } from "./key-inspection.ts";
import { type Actor, type Keys, keyOperations } from "./keys.ts";
import { Counters } from "./limiting/counters.ts";
import { type Organizations, organizationOperations } from "./organizations.ts";
import { type People, peopleOperations } from "./people.ts";
import { type Plans, planOperations } from "./plans.ts";
import { deriveSecrets, type Secrets } from "./secrets.ts";
import { type ServiceTokens, serviceTokenOperations } from "./service-tokens.ts";
import { type Usage, usageOperations } from "./usage.ts";
import { UseRecorder } from "./verification/use-recorder.ts";
import { Verifier } from "./verification/verifier.ts";

const FLUSH_EVERY_MS = 1_000;
const PRUNE_EVERY_MS = 3_600_000;
const USAGE_DAYS = 90;

export interface KeywardOptions {
  /** What keys look like and which plans there are: a platform of `keyward/platforms`, or one's own. */
  readonly platform: KeySystem;
  readonly store: Store;
  /** The master secret, at least 32 characters. Keys of a database can be verified only with the secret it was made with. */
  readonly secret: string;
  /** Serve one environment of the platform alone. */
  readonly environment?: Environment | undefined;
  /** The wall clock: milliseconds since the epoch. It may jump. */
  readonly clock?: () => number;
  /**
   * What rate limits run on. The process's own clock when absent; where `clock` alone is given, `clock` without its steps back. Counters that were
   * saved under the same id are restored exactly; under another one by the wall clock, times in the future counting as now.
   */
  readonly monotonicClock?: MonotonicClock | undefined;
  readonly randomBytes?: RandomBytes;
  /** Keys held in memory at most; a key takes about half a kilobyte. */
  readonly cachedKeys?: number;
  /** Hears of batches that could not be written; they are tried again. */
  readonly onFlushFailed?: (error: unknown) => void;
}

export interface Keyward {
  readonly platform: KeySystem;
  readonly environments: readonly Environment[];
  readonly keys: Keys & Claims & Inspection;
  readonly organizations: Organizations;
  readonly serviceTokens: ServiceTokens;
  readonly people: People;
  readonly usage: Usage;
  readonly plans: Plans;
  readonly audit: Audit;
  readonly verifier: Verifier;
  /** May this request pass? See `Verifier.verify`. */
  readonly verify: Verifier["verify"];
  readonly secrets: Secrets;
  readonly clock: () => number;
  /** Milliseconds since some origin, never going back: for whatever waits for a time to pass. */
  readonly monotonic: () => number;
  /** Throws unless the store answers. */
  ping(): Promise<void>;
  /** Writes use and counters to the store now. */
  flush(): Promise<void>;
  /** Writes what is in memory and stops; the store stays open. */
  close(): Promise<void>;
}

/**
 * Opens Keyward on a store.
 * @throws Error with one clear sentence when the database belongs to another secret or another platform.
 * @example
 * const { store } = await openSqlite({ directory: "./data" });
 * const kw = await keyward({ platform: platforms.keyward, store, secret: process.env.KEYWARD_SECRET });
 * const organization = await kw.organizations.create({ name: "Acme" }, "operator");
 * const verdict = await kw.verify(presented, { scopes: ["agents:read"] });
 * if (!verdict.valid) return new Response(null, { status: 401 });
 */
export async function keyward(options: KeywardOptions): Promise<Keyward> {
  const {
    platform: system,
    store,
    clock = Date.now,
    randomBytes = cryptoRandomBytes,
    cachedKeys = 250_000,
    onFlushFailed = () => undefined,
  } = options;
  const environments = servedEnvironments(system, options.environment);
  const secrets = deriveSecrets(options.secret);
  await settle(
    store,
    "secret",
    secrets.check,
    () => "this database was made with another secret; start with that one, or name another directory with --data",
  );
  await settle(
    store,
    "platform",
    system.name,
    (stored) =>
      `this database does not belong to the platform ${system.name} but to ${stored}; serve that one, or name another directory with --data`,
  );

  const newId = idFactory(randomBytes);
  const changeBy = (actor: Actor, at: number): Change => {
    const auditId = newId(AUDIT_ID, at);
    return typeof actor === "string" ? { auditId, actor, at } : { auditId, actor: `key:${actor.keyId}`, at, byKeyId: actor.keyId };
  };
  const clocks = new Clocks(clock, options.monotonicClock ?? ownMonotonicClock(options.clock, randomBytes));
  const counters = new Counters(clocks, (id) => verifier.cache.noteChange(id));
  const recorder = new UseRecorder({ recordUse: store.recordUse, counters, clocks });
  const verifier: Verifier = new Verifier({
    system,
    environments,
    store,
    secrets,
    recorder,
    counters,
    clocks,
    capacity: cachedKeys,
  });
  const keysByPlan = Object.freeze(Object.fromEntries(Object.entries(system.plans).map(([name, { keys }]) => [name, keys])));
  const shared = { system, store, secrets, verifier, clock, clocks, randomBytes, newId, changeBy };
  const forKeys = { ...shared, environments, keysByPlan, idempotency: new IdempotencyKeys() };
  const organizations = organizationOperations(shared);
  const flush = () => recorder.flush();
  const pruneTime = cautiousTime(clocks);
  const timers = [
    setInterval(() => flush().catch(onFlushFailed), FLUSH_EVERY_MS),
    setInterval(() => store.prune(pruneTime(), USAGE_DAYS).catch(onFlushFailed), PRUNE_EVERY_MS),
  ];
  for (const timer of timers) timer.unref();

  return {
    platform: system,
    environments,
    keys: { ...keyOperations(forKeys), ...claimOperations(forKeys), ...inspectionOperations({ ...forKeys, counters }) },
    organizations,
    serviceTokens: serviceTokenOperations(shared),
    people: peopleOperations({ ...shared, organizations }),
    usage: usageOperations({ ...shared, flush }),
    plans: planOperations({ ...shared, organizations }),
    audit: auditOperations({ system, store, organizations }),
    verifier,
    verify: (presented, ask, holds) => verifier.verify(presented, ask, holds),
    secrets,
    clock,
    monotonic: clocks.monotonic,
    ping: store.ping,
    flush,
    async close() {
      for (const timer of timers) clearInterval(timer);
      await flush();
    },
  };
}

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

async function settle(store: Store, name: string, value: string, otherwise: (stored: string) => string): Promise<void> {
  const stored = await store.settle(name, value);
  if (stored !== value) throw new Error(otherwise(stored));
}

export type { ApiKey, Environment, Limits, Plan } from "../engine/api-key.ts";
export type { Outcome, Problem } from "../engine/errors.ts";
export type { Role } from "../engine/roles.ts";
export {
  type AuditEntry,
  type Invitation,
  type ListedSession,
  type Member,
  type Organization,
  type Person,
  type ServiceToken,
  type Session,
  StoreUnavailable,
} from "../stores/contract.ts";
export type { ReadAuditEntry } from "./audit.ts";
export type { MonotonicClock } from "./clocks.ts";
export type { IssuedKey } from "./issuing.ts";
export type { Actor } from "./keys.ts";
export type { PresentedKey, Verdict } from "./verification/verdict.ts";
