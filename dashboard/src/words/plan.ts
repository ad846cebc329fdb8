/** Plans in words. */
import { counted, limitInWords, wholeNumber } from "./number.ts";

export const PLAN_LIMITS = ["requestsPerMinute", "requestsPerDay", "concurrentRequests", "keys"] as const;
export type PlanLimit = (typeof PLAN_LIMITS)[number];

/** Null stands for no limit. */
type Granted = Readonly<Record<PlanLimit, number | null>>;
/** A plan that the platform offers. `customLimits` are agreed with each organization; until they are set, the plan's numbers apply. */
export interface OfferedPlan extends Granted {
  readonly title: string;
  readonly customLimits: readonly string[];
}

/** The platform's plans by name. */
type Plans = Readonly<Record<string, OfferedPlan>>;

/** An absent limit is the plan's. */
export type Overrides = { readonly [Name in PlanLimit]?: number | null };

export const PLAN_LIMIT_TITLES: Readonly<Record<PlanLimit, string>> = {
  requestsPerMinute: "Requests per minute",
  requestsPerDay: "Requests per day",
  concurrentRequests: "Requests at the same time",
  keys: "Active keys",
};

/** The title of a plan; its name if the platform no longer knows it. */
export function planTitle(plans: Plans, name: string): string {
  return (Object.hasOwn(plans, name) ? plans[name]?.title : undefined) ?? name;
}

/** A limit of the plan itself: "60", "No limit", "Custom". */
export function plannedInWords(plan: OfferedPlan, name: PlanLimit): string {
  return plan.customLimits.includes(name) ? "Custom" : limitInWords(plan[name]);
}

interface GrantedLimit {
  readonly name: PlanLimit;
  readonly title: string;
  readonly words: string;
  /** The plan's own limit if the organization overrides it, else null. */
  readonly instead: string | null;
  /** The limit that applies until a custom limit is set; null for all others. */
  readonly meanwhile: string | null;
}

/** The limits that apply to an organization. For an unknown plan, only overrides are known. */
export function grantedLimits(planned: OfferedPlan | undefined, overrides: Overrides): readonly GrantedLimit[] {
  return PLAN_LIMITS.map((name) => {
    const own = overrides[name];
    const inPlan = planned === undefined ? "Not known" : plannedInWords(planned, name);
    const isUnset = own === undefined && planned?.customLimits.includes(name) === true;
    return {
      name,
      title: PLAN_LIMIT_TITLES[name],
      words: own === undefined ? inPlan : limitInWords(own),
      instead: own === undefined ? null : inPlan,
      meanwhile: isUnset ? limitInWords(planned[name]) : null,
    };
  });
}

/** `allowed` is null if there is no limit. */
interface KeyCount {
  readonly active: number;
  readonly allowed: number | null;
}

/** "3 of 5 keys; 2 more can be created". */
export function keysSentence({ active, allowed }: KeyCount): string {
  if (allowed === null) return counted(active, "key");
  const left = allowed - active;
  return `${wholeNumber(active)} of ${counted(allowed, "key")}; ${left > 0 ? `${wholeNumber(left)} more can be created` : "no more can be created"}`;
}

export function keysTone({ active, allowed }: KeyCount): "good" | "warn" | "bad" {
  if (allowed === null) return "good";
  if (active >= allowed) return "bad";
  return active / allowed >= 0.8 ? "warn" : "good";
}
