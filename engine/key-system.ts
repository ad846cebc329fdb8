/** What the service must know of a platform to keep its keys: the part of a platform's description that is not about the wire. */
import type { Environment, Limits, Plan } from "./api-key.ts";
import type { KeyForm } from "./credential-form.ts";
import type { IdFormat } from "./id.ts";

/** A plan as the platform offers it. Its numbers are in force unless the operator sets others for an organization. */
export interface OfferedPlan extends Plan {
  /** As the platform's page writes it; the plan's name when absent. */
  readonly title?: string;
  /** Limits that are agreed with each organization: people see "Custom" until the operator sets them. */
  readonly customLimits?: readonly (keyof Limits)[];
}

export interface KeySystem {
  readonly name: string;
  /** The environments of this platform; the first one is taken where a request names none. */
  readonly environments: readonly [Environment, ...Environment[]];
  /** Each deployment serves one environment alone: the first, unless it is started with another. */
  readonly oneEnvironmentPerDeployment: boolean;
  readonly keyForm: KeyForm;
  /** The part of a fresh credential, as presented, that lists may show. */
  prefixOf(presented: string): string;
  readonly keyId: IdFormat;
  readonly plans: Readonly<Record<string, OfferedPlan>>;
  /** The plan of an organization that was given none. */
  readonly defaultPlan: string;
  /** The plan of keys that nobody has claimed; null where every key is somebody's. */
  readonly unclaimedPlan: string | null;
  /**
   * The scopes there are; null for any. A key that is given none gets all of today's, spelled out: one that is added later never widens it.
   */
  readonly scopes: readonly string[] | null;
  /** One spelling for each resource that a key may be restricted to. */
  canonicalResource(resource: string): string;
  /** Keys are also kept encrypted, so that they can be shown again. */
  readonly sealsKeys: boolean;
  /** Keys older than so many days are flagged; null for never. */
  readonly rotateAfterDays: number | null;
}
