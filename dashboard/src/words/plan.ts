/** Plans in words. */
import { counted, limitInWords, wholeNumber } from "./number.ts";

export const PLAN_LIMITS = ["requestsPerMinute", "requestsPerDay", "concurrentRequests", "keys"] as const;
export type PlanLimit = (typeof PLAN_LIMITS)[number];

/** Null stands for no limit. */
type Granted = Readonly<Record<PlanLimit, number | null>>;
/** A plan that the platform offers. `customLimits` are agreed with each organization: the plan's numbers hold until they are set. */
export interface OfferedPlan extends Granted {
  readonly title: string;
  readonly customLimits: readonly string[];
}

/** The plans of the platform by their names. */
type Plans = Readonly<Record<string, OfferedPlan>>;

/** What is absent is as the plan has it. */
export type Overrides = { readonly [Name in PlanLimit]?: number | null };

export const PLAN_LIMIT_TITLES: Readonly<Record<PlanLimit, string>> = {
  requestsPerMinute: "Requests per minute",
  requestsPerDay: "Requests per day",
  concurrentRequests: "Requests at the same time",
  keys: "Active keys",
};

/** What people call a plan; its name where the platform does not know it any more. */
export function planTitle(plans: Plans, name: string): string {
  return (Object.hasOwn(plans, name) ? plans[name]?.title : undefined) ?? name;
}

/** A limit as the plan itself has it: "60", "No limit", "Custom". */
export function plannedInWords(plan: OfferedPlan, name: PlanLimit): string {
  return plan.customLimits.includes(name) ? "Custom" : limitInWords(plan[name]);
}

interface GrantedLimit {
  readonly name: PlanLimit;
  readonly title: string;
  readonly words: string;
  /** What the plan itself grants, where the organization has its own; null where it has none. */
  readonly instead: string | null;
  /** What is in force until a custom limit is set; null for all others. */
  readonly meanwhile: string | null;
}

/** What an organization has in the end. A plan that is not known grants what the overrides say, and no keys. */
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

/** `allowed` is null for any number. */
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
