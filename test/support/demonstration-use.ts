/** Thirty days of use of the demonstration's keys, by hour and outcome: more by day than by night, and less on Sundays. */
import type { UseBatch } from "../../stores/contract.ts";
import type { DemonstrationKeys, MadeKey } from "./demonstration-keys.ts";
import { DAY_MS } from "./past.ts";

const HOUR_MS = 3_600_000;
const DAYS = 30;
/** Out of a thousand uses of any key. */
const REFUSED = { rate_limited: 31, insufficient_scope: 12, origin_not_allowed: 4 } as const;

export function useOf(keys: DemonstrationKeys, now: number): UseBatch {
  const used = Object.values(keys).filter(({ usedDaysAgo }) => usedDaysAgo !== undefined);
  return {
    outcomes: used.flatMap((key) => outcomesOf(key, now)),
    lastUses: used.map(({ id, usedDaysAgo = 0 }) => ({ keyId: id, at: now - Math.floor(usedDaysAgo * DAY_MS) - 90_000 })),
    counters: [],
  };
}

function outcomesOf({ id, perDay, usedDaysAgo = 0, madeDaysAgo }: MadeKey, now: number): UseBatch["outcomes"][number][] {
  const last = now - usedDaysAgo * DAY_MS;
  const first = now - Math.min(DAYS, madeDaysAgo) * DAY_MS;
  const hours = Array.from({ length: DAYS * 24 }, (_, index) => now - (now % HOUR_MS) - index * HOUR_MS);
  return hours
    .filter((hour) => hour >= first && hour <= last)
    .flatMap((hour) => {
      const count = Math.round((perDay / 24) * weightOf(hour));
      const refused = Object.entries(REFUSED).map(([outcome, share]) => ({ outcome, count: Math.floor((count * share) / 1_000) }));
      return [{ outcome: "valid", count }, ...refused].filter((one) => one.count > 0).map((one) => ({ keyId: id, hour, ...one }));
    });
}

/** About one on average, and the same each time. */
function weightOf(hour: number): number {
  const time = new Date(hour);
  const byDay = 1 + 0.7 * Math.sin(((time.getUTCHours() - 8) / 24) * 2 * Math.PI);
  return byDay * (time.getUTCDay() === 0 ? 0.35 : 1) * (0.8 + 0.4 * Math.abs(Math.sin(hour / 7_000_003)));
}
