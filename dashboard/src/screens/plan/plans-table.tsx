/** The plans that the platform offers, side by side. */
import { usePlatform } from "../../app/session.ts";
import { Badge } from "../../controls/badge.tsx";
import { classNames } from "../../controls/class-names.ts";
import { limitInWords } from "../../words/number.ts";
import { type OfferedPlan, type Overrides, PLAN_LIMIT_TITLES, PLAN_LIMITS, type PlanLimit, plannedInWords } from "../../words/plan.ts";

/** Custom limits show "Custom" until they are set for this organization. */
export function PlansTable({ current, overrides }: { current: string; overrides: Overrides }) {
  const { plans } = usePlatform();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section aria-label="All plans" tabIndex={0} className="overflow-x-auto border-t border-line">
      <table className="w-full text-left tabular-nums max-sm:text-xs">
        <caption className="sr-only">Plans and what they grant to each key and to the organization</caption>
        <thead className="bg-sunken text-xs">
          <tr>
            <th scope="col" className={classNames(SPACE, "py-2 font-medium text-ink-soft")}>
              Plan
            </th>
            {PLAN_LIMITS.map((name) => (
              <th key={name} scope="col" className={classNames(SPACE, "py-2 font-medium text-ink-soft")}>
                {PLAN_LIMIT_TITLES[name]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {Object.entries(plans).map(([plan, offered]) => (
            <tr key={plan} aria-current={plan === current || undefined} className="border-t border-line">
              <th scope="row" className={classNames(SPACE, "py-2.5 font-medium")}>
                {offered.title} {plan === current && <Badge tone="accent">Current</Badge>}
              </th>
              {PLAN_LIMITS.map((name) => (
                <td key={name} className={classNames(SPACE, "py-2.5")}>
                  {plan === current ? currentInWords(offered, overrides, name) : plannedInWords(offered, name)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function currentInWords(plan: OfferedPlan, overrides: Overrides, name: PlanLimit): string {
  const own = plan.customLimits.includes(name) ? overrides[name] : undefined;
  return own === undefined ? plannedInWords(plan, name) : limitInWords(own);
}

/** Tight enough that all limits fit side by side on a phone. */
const SPACE = "px-1.5 first:pl-4 sm:px-4 sm:first:pl-5";
