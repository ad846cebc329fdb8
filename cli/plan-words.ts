/** Plans as people read them: in the platform's own words. Pure. */
import { LIMIT_NAMES } from "../engine/limits.ts";
import type { Json } from "./client.ts";

type LimitName = (typeof LIMIT_NAMES)[number];

interface OfferedPlan extends Readonly<Record<LimitName, number | null>> {
  readonly title: string;
  readonly customLimits: readonly string[];
}

/** The plans of a platform by their names, as `GET /keyward/v1/platform` describes them. */
export type Plans = Readonly<Record<string, OfferedPlan>>;

const PER: Readonly<Record<LimitName, string>> = { requestsPerMinute: "/min", requestsPerDay: "/day", concurrentRequests: " at once" };
const whole = new Intl.NumberFormat("en");

/** What people call the plan of an organization; its name where the platform does not know it any more. */
export function planTitle(plans: Plans, { plan }: Json): string {
  return planOf(plans, plan)?.title ?? String(plan);
}

/**
 * The limits of an organization's keys: `60/min, 10,000/day, 5 at once`. `Custom` is agreed with each organization and not set for this
 * one yet; `none` is no limit at all.
 */
export function limitsInWords(plans: Plans, { plan, overrides }: Json): string {
  const offered = planOf(plans, plan);
  const limits = LIMIT_NAMES.map((name) => ({
    name,
    limit: limitOf(offered, overrides as Partial<Record<LimitName, number | null>>, name),
  }));
  if (limits.every(({ limit }) => limit === "Custom")) return "Custom";
  const parts = limits.filter(({ limit }) => limit !== null);
  return parts.map(({ name, limit }) => (typeof limit === "number" ? whole.format(limit) : limit) + PER[name]).join(", ") || "none";
}

function limitOf(
  offered: OfferedPlan | undefined,
  overrides: Partial<Record<LimitName, number | null>>,
  name: LimitName,
): number | "Custom" | null {
  const own = overrides[name];
  if (own !== undefined) return own;
  return offered?.customLimits.includes(name) === true ? "Custom" : (offered?.[name] ?? null);
}

function planOf(plans: Plans, name: unknown): OfferedPlan | undefined {
  return typeof name === "string" && Object.hasOwn(plans, name) ? plans[name] : undefined;
}
