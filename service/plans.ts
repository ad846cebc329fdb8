/** What an organization's plan grants it, with the operator's overrides. */
import { type Limits, NO_LIMITS, type Plan } from "../engine/api-key.ts";
import { type Outcome, ok } from "../engine/errors.ts";
import type { KeySystem } from "../engine/key-system.ts";
import { effectiveLimits, keysAllowed } from "../engine/limits.ts";
import type { KeyStore } from "../stores/contract.ts";
import type { Organizations } from "./organizations.ts";

interface GrantedPlan {
  readonly plan: string;
  /** The limits of each key, unless its own are smaller. */
  readonly limits: Limits;
  readonly overrides: Partial<Plan>;
  /** `active` are neither revoked nor expired; `allowed` is null for any number. */
  readonly keys: { readonly active: number; readonly allowed: number | null };
}

interface PlansOptions {
  readonly system: KeySystem;
  readonly store: Pick<KeyStore, "countKeys">;
  readonly organizations: Pick<Organizations, "get">;
  readonly clock: () => number;
}

export type Plans = ReturnType<typeof planOperations>;

export function planOperations({ system, store, organizations, clock }: PlansOptions) {
  return {
    /** The plan of an organization and how many keys of it are used. Refusal: `not_found`. */
    async of(organizationId: string): Promise<Outcome<GrantedPlan>> {
      const organization = await organizations.get(organizationId);
      if (!organization.ok) return organization;
      const { id, plan, overrides } = organization.value;
      const limits = effectiveLimits(planNamed(system, plan), overrides, NO_LIMITS);
      const planned = Object.hasOwn(system.plans, plan) ? system.plans[plan]?.keys : undefined;
      const keys = { active: await store.countKeys(id, clock()), allowed: keysAllowed(overrides, planned) };
      return ok({ plan, limits, overrides, keys });
    },
  };
}

/** The plan of this name, or the default plan if the platform no longer has it. Undefined stands for the plan of unclaimed keys. */
export function planNamed({ name, plans, defaultPlan, unclaimedPlan }: KeySystem, named: string | undefined): Plan {
  const wanted = named ?? unclaimedPlan ?? defaultPlan;
  const plan = plans[Object.hasOwn(plans, wanted) ? wanted : defaultPlan];
  if (plan === undefined) throw new RangeError(`the platform ${name} has no plan ${defaultPlan}`);
  return plan;
}
