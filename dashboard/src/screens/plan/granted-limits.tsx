/** The limits that apply to an organization. Those that differ from the plan are marked. */
import { Badge } from "../../controls/badge.tsx";
import { Fact, Facts } from "../../controls/facts.tsx";
import { LIMIT_ORIGINS } from "../../words/limit.ts";
import { grantedLimits, type OfferedPlan, type Overrides } from "../../words/plan.ts";

interface GrantedLimitsProps {
  planned: OfferedPlan | undefined;
  overrides: Overrides;
}

export function GrantedLimits({ planned, overrides }: GrantedLimitsProps) {
  return (
    <Facts>
      {grantedLimits(planned, overrides).map(({ name, title, words, instead, meanwhile }) => (
        <Fact key={name} name={title}>
          <span className="text-base font-medium tabular-nums">{words}</span>
          {meanwhile !== null && <span className="mt-1 block text-xs text-ink-soft">{meanwhile} until the operator sets it</span>}
          {instead !== null && (
            <span className="mt-1 flex flex-wrap items-center gap-2">
              <Badge tone="accent">{LIMIT_ORIGINS.organization}</Badge>
              <span className="text-xs text-ink-soft">The plan: {instead}</span>
            </span>
          )}
        </Fact>
      ))}
    </Facts>
  );
}
