/** The operations of the library, over the parts that they share. */
import type { Environment } from "../engine/api-key.ts";
import type { NewId } from "../engine/id.ts";
import type { RandomBytes } from "../engine/key-format.ts";
import type { KeySystem } from "../engine/key-system.ts";
import { USAGE_RETENTION, type UsageRetention } from "../engine/usage-report.ts";
import type { Change, Store } from "../stores/contract.ts";
import { auditOperations } from "./audit.ts";
import type { Commit } from "./changes/commit.ts";
import type { Lease } from "./changes/lease.ts";
import { claimOperations } from "./claims.ts";
import type { Clocks } from "./clocks.ts";
import { deviceLoginOperations } from "./device-logins.ts";
import { IdempotencyKeys } from "./idempotency.ts";
import { inspectionOperations } from "./key-inspection.ts";
import type { KeyMemory } from "./key-memory.ts";
import { keyQueries } from "./key-queries.ts";
import { type Actor, keyOperations } from "./keys.ts";
import type { Keyward } from "./keyward.ts";
import type { Limiter } from "./limiting/limiter.ts";
import { masterSecretOperations } from "./master-secret.ts";
import { organizationOperations } from "./organizations.ts";
import { peopleOperations } from "./people.ts";
import { planOperations } from "./plans.ts";
import type { RefusalRecorder } from "./refusals/refusal-recorder.ts";
import { refusalOperations } from "./refusals/refusals.ts";
import type { Secrets } from "./secrets.ts";
import { type ServiceTokenCache, serviceTokenOperations } from "./service-tokens.ts";
import { usageOperations } from "./usage.ts";
import { usageReports } from "./usage-report.ts";
import type { KeyWatch } from "./verification/key-watch.ts";

interface Parts {
  readonly system: KeySystem;
  /** The environments that this deployment serves. */
  readonly environments: readonly Environment[];
  readonly store: Store;
  readonly secrets: Secrets;
  readonly memory: KeyMemory;
  readonly limiter: Pick<Limiter, "standingOf">;
  readonly serviceTokens: ServiceTokenCache;
  /** How every change of the store is made that concerns what memory holds. */
  readonly commit: Commit;
  readonly clocks: Clocks;
  readonly lease: Lease;
  readonly randomBytes: RandomBytes;
  readonly newId: NewId;
  /** A change by this actor, at this time. */
  readonly changeBy: (actor: Actor, at: number) => Change;
  /** The default when absent. */
  readonly retention?: UsageRetention;
  readonly refusalRecorder: RefusalRecorder;
  readonly whyEnded: KeyWatch["whyEnded"];
  /** Writes usage, counters and refusals to the store. */
  readonly flush: () => Promise<void>;
}

type Operations = Pick<
  Keyward,
  "deviceLogins" | "keys" | "organizations" | "serviceTokens" | "people" | "usage" | "plans" | "audit" | "refusals" | "masterSecret"
>;

export function operationsOver(parts: Parts): Operations {
  const { system, store, clocks } = parts;
  const keysByPlan = Object.freeze(Object.fromEntries(Object.entries(system.plans).map(([name, { keys }]) => [name, keys])));
  const shared = { ...parts, clock: clocks.wall };
  const forKeys = { ...shared, keysByPlan, idempotency: new IdempotencyKeys() };
  const organizations = organizationOperations(shared);
  return {
    keys: Object.assign(keyOperations(forKeys), keyQueries(shared), claimOperations(forKeys), inspectionOperations(shared)),
    organizations,
    serviceTokens: serviceTokenOperations({ ...shared, cache: parts.serviceTokens }),
    people: peopleOperations({ ...shared, organizations }),
    usage: Object.assign(usageOperations(shared), usageReports({ retention: USAGE_RETENTION, ...shared, organizations })),
    deviceLogins: deviceLoginOperations(shared),
    plans: planOperations({ ...shared, organizations }),
    audit: auditOperations({ system, store, organizations }),
    refusals: refusalOperations({ ...shared, organizations, recorder: parts.refusalRecorder }),
    masterSecret: masterSecretOperations(shared),
  };
}
