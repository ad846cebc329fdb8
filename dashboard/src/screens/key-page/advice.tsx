/** Advice on the condition of a key, if there is any. */
import type { ApiKey } from "@keyward/sdk";
import { usePlatform } from "../../app/session.ts";
import { classNames } from "../../controls/class-names.ts";
import { Icon } from "../../controls/icon.tsx";
import { type ConditionWords, conditionWords } from "../../words/condition.ts";

const TONES: Readonly<Record<ConditionWords["tone"], string>> = {
  good: "bg-good-soft text-good",
  warn: "bg-warn-soft text-warn",
  bad: "bg-bad-soft text-bad",
  plain: "bg-sunken text-ink-soft",
  accent: "bg-accent-soft text-accent",
};

export function Advice({ apiKey }: { apiKey: ApiKey }) {
  const { rotateAfterDays, dashboard } = usePlatform();
  if (apiKey.condition === "active") return null;
  const { label, tone, advice } = conditionWords(apiKey, { rotateAfterDays, words: dashboard.words, now: Date.now() });
  return (
    <p className={classNames("mb-6 flex gap-2.5 rounded-xl px-4 py-3", TONES[tone])}>
      <Icon name={tone === "warn" || tone === "bad" ? "warning" : "clock"} className="mt-0.5 size-4" />
      <span>
        <strong className="font-semibold">{label}.</strong> {advice}
      </span>
    </p>
  );
}
