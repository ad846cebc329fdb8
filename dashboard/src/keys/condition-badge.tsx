/** The condition of a key in a word or two, with its meaning and advice in a tooltip. */
import type { ApiKey } from "@keyward/sdk";
import { usePlatform } from "../app/session.ts";
import { Badge } from "../controls/badge.tsx";
import { Tooltip } from "../controls/tooltip.tsx";
import { conditionWords } from "../words/condition.ts";

export function ConditionBadge({ apiKey }: { apiKey: ApiKey }) {
  const { rotateAfterDays, dashboard } = usePlatform();
  const { label, tone, advice } = conditionWords(apiKey, { rotateAfterDays, words: dashboard.words, now: Date.now() });
  return (
    <Tooltip text={advice} trigger={<Badge tone={tone} tabIndex={0} />}>
      {label}
    </Tooltip>
  );
}
