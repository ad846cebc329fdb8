/** Plans in words. */
import { counted, limitInWords, wholeNumber } from "./number.ts";

export const PLAN_LIMITS = ["requestsPerMinute", "requestsPerDay", "concurrentRequests", "keys"] as const;
export type PlanLimit = (typeof PLAN_LIMITS)[number];

/** Null stands for no limit. */
export type Granted = Readonly<Record<PlanLimit, number | null>>;
/** What is absent is as the plan has it. */
export type Overrides = { readonly [Name in PlanLimit]?: number | null };

export const PLAN_LIMIT_TITLES: Readonly<Record<PlanLimit, string>> = {
  requestsPerMinute: "Requests per minute",
  requestsPerDay: "Requests per day",
  concurrentRequests: "Requests at the same time",
  keys: "Active keys",
};

export interface GrantedLimit {
  readonly name: PlanLimit;
  readonly title: string;
  readonly words: string;
  /** What the plan itself grants, where the organization has its own; null where it has none. */
  readonly instead: string | null;
}

/** What an organization has in the end. A plan that is not known grants what the overrides say, and no keys. */
export function grantedLimits(planned: Granted | undefined, overrides: Overrides): readonly GrantedLimit[] {
  return PLAN_LIMITS.map((name) => {
    const own = overrides[name];
    const words = own !== undefined ? limitInWords(own) : planned === undefined ? "Not known" : limitInWords(planned[name]);
    const instead = own === undefined ? null : planned === undefined ? "Not known" : limitInWords(planned[name]);
    return { name, title: PLAN_LIMIT_TITLES[name], words, instead };
  });
}

/** `allowed` is null for any number. */
export interface KeyCount {
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
