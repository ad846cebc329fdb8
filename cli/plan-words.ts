/** Plans as people read them: in the platform's own words. Pure. */
import { LIMIT_FIELDS, type LimitField } from "../engine/limit-fields.ts";
import type { Organization, PlatformDescription } from "../sdk/index.ts";

type Granted = Pick<Organization, "plan" | "overrides">;

/** The plans of a platform by their names, as `GET /keyward/v1/platform` describes them. */
export type Plans = Readonly<Record<string, Pick<PlatformDescription["plans"][string], LimitField | "title" | "customLimits">>>;

const PER: Readonly<Record<LimitField, string>> = { requestsPerMinute: "/min", requestsPerDay: "/day", concurrentRequests: " at once" };
const whole = new Intl.NumberFormat("en");

/** The title of an organization's plan; its name if the platform no longer has that plan. */
export function planTitle(plans: Plans, { plan }: Granted): string {
  return planOf(plans, plan)?.title ?? plan;
}

/**
 * The limits of an organization's keys: `60/min, 10,000/day, 5 at once`. `Custom` is agreed with each organization and not set for this
 * one yet; `none` means no limit.
 */
export function limitsInWords(plans: Plans, { plan, overrides }: Granted): string {
  const offered = planOf(plans, plan);
  const limits = LIMIT_FIELDS.map((name) => ({ name, limit: limitOf(offered, overrides, name) }));
  if (limits.every(({ limit }) => limit === "Custom")) return "Custom";
  const parts = limits.filter(({ limit }) => limit !== null);
  return parts.map(({ name, limit }) => (typeof limit === "number" ? whole.format(limit) : limit) + PER[name]).join(", ") || "none";
}

function limitOf(offered: Plans[string] | undefined, overrides: Granted["overrides"], name: LimitField): number | "Custom" | null {
  const own = overrides[name];
  if (own !== undefined) return own;
  return offered?.customLimits.includes(name) === true ? "Custom" : (offered?.[name] ?? null);
}

function planOf(plans: Plans, name: string): Plans[string] | undefined {
  return Object.hasOwn(plans, name) ? plans[name] : undefined;
}
