/** The plans that the platform offers, beside each other. */
import { usePlatform } from "../../app/session.ts";
import { Badge } from "../../controls/badge.tsx";
import { classNames } from "../../controls/class-names.ts";
import { limitInWords } from "../../words/number.ts";
import { PLAN_LIMIT_TITLES, PLAN_LIMITS } from "../../words/plan.ts";

export function PlansTable({ current }: { current: string }) {
  const { plans } = usePlatform();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be within reach of the keyboard
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
          {Object.entries(plans).map(([plan, limits]) => (
            <tr key={plan} aria-current={plan === current || undefined} className="border-t border-line">
              <th scope="row" className={classNames(SPACE, "py-2.5 font-medium")}>
                {plan} {plan === current && <Badge tone="accent">Current</Badge>}
              </th>
              {PLAN_LIMITS.map((name) => (
                <td key={name} className={classNames(SPACE, "py-2.5")}>
                  {limitInWords(limits[name])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** All limits side by side have room on a phone too. */
const SPACE = "px-1.5 first:pl-4 sm:px-4 sm:first:pl-5";
