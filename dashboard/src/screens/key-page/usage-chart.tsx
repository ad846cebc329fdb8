/** A bar chart of requests by outcome. In its own file, so that the chart library is loaded only when needed. No `url(#...)`: `<base>` breaks those. */
import { Bar, BarChart, CartesianGrid, Legend, ResponsiveContainer, Tooltip, type TooltipContentProps, XAxis, YAxis } from "recharts";
import { shortNumber, wholeNumber } from "../../words/number.ts";
import { KIND_TITLES, type Kinds, kindsOf, longInterval, shortInterval, type Usage } from "../../words/usage.ts";

const COLORS: Readonly<Record<keyof Kinds, string>> = {
  valid: "var(--color-accent)",
  rateLimited: "var(--color-warn)",
  refused: "var(--color-bad)",
};
const KINDS = Object.keys(COLORS) as (keyof Kinds)[];
const TICK = { fill: "var(--color-ink-soft)", fontSize: 12 };

interface Interval extends Kinds {
  readonly at: string;
  readonly intervalHours: number;
}

export default function UsageChart({ usage: { data, intervalHours } }: { usage: Usage }) {
  const intervals: readonly Interval[] = data.map(({ at, outcomes }) => ({ at, intervalHours, ...kindsOf(outcomes) }));
  return (
    <ResponsiveContainer width="100%" height="100%">
      <BarChart data={intervals} accessibilityLayer={false} margin={{ top: 8, right: 4, bottom: 0, left: 0 }}>
        <CartesianGrid vertical={false} stroke="var(--color-line)" />
        <XAxis
          dataKey="at"
          ticks={firstOfEachLabel(intervals)}
          tickFormatter={(at: string) => shortInterval(at, intervalHours)}
          tick={TICK}
          stroke="var(--color-line-strong)"
          minTickGap={24}
        />
        <YAxis width={44} allowDecimals={false} tickFormatter={shortNumber} tick={TICK} stroke="var(--color-line-strong)" />
        <Tooltip isAnimationActive={false} cursor={{ fill: "var(--color-sunken)" }} content={Shown} />
        <Legend iconType="square" itemSorter={null} formatter={(name: string) => <span className="text-ink">{name}</span>} />
        {KINDS.map((kind) => (
          <Bar
            key={kind}
            dataKey={kind}
            name={KIND_TITLES[kind]}
            stackId="requests"
            fill={COLORS[kind]}
            stroke="var(--color-surface)"
            isAnimationActive={false}
          />
        ))}
      </BarChart>
    </ResponsiveContainer>
  );
}

/** Several intervals of one day share a label: only the first shows it. */
function firstOfEachLabel(intervals: readonly Interval[]): string[] {
  const labels = intervals.map(({ at, intervalHours }) => shortInterval(at, intervalHours));
  return intervals.filter((_interval, index) => labels[index] !== labels[index - 1]).map(({ at }) => at);
}

/** The chart's tooltip. */
function Shown({ active, payload }: TooltipContentProps) {
  const interval = payload?.[0]?.payload as Interval | undefined;
  if (!active || interval === undefined) return null;
  return (
    <div className="rounded-lg border border-line bg-raised px-3 py-2 text-xs shadow-popup">
      <p className="mb-1 font-medium">{longInterval(interval.at, interval.intervalHours)}</p>
      {KINDS.map((kind) => (
        <p key={kind} className="flex justify-between gap-4">
          <span className="text-ink-soft">{KIND_TITLES[kind]}</span>
          <span className="tabular-nums">{wholeNumber(interval[kind])}</span>
        </p>
      ))}
    </div>
  );
}
