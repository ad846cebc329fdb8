/** What the service needs to know about a platform: the part of its description that is not about HTTP. */
import type { Environment, Limits, Plan } from "./api-key.ts";
import type { KeyForm } from "./credential-form.ts";
import type { IdFormat } from "./id.ts";

/** A plan that the platform offers. Its limits apply unless the operator overrides them for an organization. */
export interface OfferedPlan extends Plan {
  /** Its name on the platform's page; the plan's own name when absent. */
  readonly title?: string;
  /** Limits that are agreed individually. People see "Custom" until the operator sets them for their organization. */
  readonly customLimits?: readonly (keyof Limits)[];
}

export interface KeySystem {
  readonly name: string;
  /** The environments of this platform. The first one is the default. */
  readonly environments: readonly [Environment, ...Environment[]];
  /** Whether each deployment serves only one environment: the first, unless it is started with another. */
  readonly oneEnvironmentPerDeployment: boolean;
  readonly keyForm: KeyForm;
  /** The part of a new credential that lists may show. */
  prefixOf(presented: string): string;
  readonly keyId: IdFormat;
  readonly plans: Readonly<Record<string, OfferedPlan>>;
  /** The plan of an organization that is created without one. */
  readonly defaultPlan: string;
  /** The plan of unclaimed keys; null if the platform has none. */
  readonly unclaimedPlan: string | null;
  /**
   * The platform's scopes; null if any name is allowed. A key that is created without scopes gets a list of all scopes of that moment, so
   * that a scope which is added later does not widen it.
   */
  readonly scopes: readonly string[] | null;
  /** The canonical form of a resource that a key may be restricted to. */
  canonicalResource(resource: string): string;
  /** Whether keys are also stored encrypted, so that they can be shown again. */
  readonly sealsKeys: boolean;
  /** After this many days a key is due for rotation; null for never. */
  readonly rotateAfterDays: number | null;
}
