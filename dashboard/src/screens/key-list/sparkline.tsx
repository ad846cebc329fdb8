/** The use of a key in the last days, as a small chart with a label in words. */
import { counted, wholeNumber } from "../../words/number.ts";
import { type DailyUse, USAGE_DAYS } from "./keys-query.ts";

const [WIDTH, HEIGHT, GAP] = [70, 22, 2];
const DAY_MS = 86_400_000;

interface Day {
  readonly date: string;
  readonly valid: number;
  readonly refused: number;
}

/** The last days, oldest first, including days without use. `now` is milliseconds since the epoch. */
function lastDays(use: DailyUse, now: number): Day[] {
  const byDate = new Map(use.map(({ date, outcomes }) => [date, outcomes]));
  return Array.from({ length: USAGE_DAYS }, (_, at) => {
    const date = new Date(now - (USAGE_DAYS - 1 - at) * DAY_MS).toISOString().slice(0, 10);
    const { valid = 0, ...refusals } = byDate.get(date) ?? {};
    return { date, valid, refused: Object.values(refusals).reduce((sum, count) => sum + count, 0) };
  });
}

export function Sparkline({ use }: { use: DailyUse }) {
  const days = lastDays(use, Date.now());
  const [valid, refused] = [sum(days, "valid"), sum(days, "refused")];
  if (valid + refused === 0) return <span className="text-xs text-ink-faint">No use</span>;
  const most = Math.max(...days.map((day) => day.valid + day.refused));
  const width = WIDTH / days.length;
  return (
    <svg
      role="img"
      aria-label={`Last ${USAGE_DAYS} days: ${counted(valid, "request")} accepted, ${wholeNumber(refused)} refused`}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      className="h-5.5 w-18"
    >
      {days.map(({ date, valid: good, refused: bad }, at) => {
        const tall = (count: number) => (count === 0 ? 0 : Math.max(2, (count / most) * HEIGHT));
        const place = { x: at * width, width: width - GAP, rx: 1 };
        return (
          <g key={date}>
            {good + bad === 0 && <rect {...place} y={HEIGHT - 1} height={1} className="fill-line-strong" />}
            <rect {...place} y={HEIGHT - tall(good + bad)} height={tall(good + bad)} className="fill-bad" />
            <rect {...place} y={HEIGHT - tall(good)} height={tall(good)} className="fill-accent" />
          </g>
        );
      })}
    </svg>
  );
}

function sum(days: readonly Day[], field: "valid" | "refused"): number {
  return days.reduce((total, day) => total + day[field], 0);
}
