/** How much of an amount is used: a bar, with the same in words below it. */
import { Meter as Base } from "@base-ui/react/meter";
import type { ReactNode } from "react";
import { classNames } from "./class-names.ts";

type MeterTone = "good" | "warn" | "bad";

const FILLS: Readonly<Record<MeterTone, string>> = { good: "bg-good", warn: "bg-warn", bad: "bg-bad" };

interface MeterProps {
  title: string;
  /** What the bar shows, in words: "37 of 60 requests in the last minute". */
  words: string;
  value: number;
  maximum: number;
  tone: MeterTone;
  /** Shown beside the title. */
  children?: ReactNode;
}

export function Meter({ title, words, value, maximum, tone, children }: MeterProps) {
  return (
    <Base.Root value={Math.min(value, maximum)} max={maximum} getAriaValueText={() => words}>
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        <Base.Label className="font-medium">{title}</Base.Label>
        {children !== undefined && <span className="text-xs text-ink-soft">{children}</span>}
      </div>
      <Base.Track className="my-1.5 h-2 overflow-hidden rounded-full border border-line-strong/60 bg-sunken">
        <Base.Indicator className={classNames("block h-full forced-colors:bg-[Highlight]", FILLS[tone])} />
      </Base.Track>
      <p className="text-ink-soft">{words}</p>
    </Base.Root>
  );
}
