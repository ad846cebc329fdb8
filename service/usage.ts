/** How much the keys of an organization were used. */

import { invalid, type Outcome, ok, refuse } from "../engine/errors.ts";
import { parseId } from "../engine/id.ts";
import type { KeySystem } from "../engine/key-system.ts";
import { formatDay } from "../engine/timestamp.ts";
import { daysStart, type Outcomes, periodStart, type UsageOverTime, type UsagePeriod, usageOverTime } from "../engine/usage-period.ts";
import type { KeyStore, KeyUseByDay, UseStore } from "../stores/contract.ts";

export const MOST_KEYS = 100;
export const MOST_DAYS = 30;

interface UsageOptions {
  readonly system: Pick<KeySystem, "keyId">;
  readonly store: Pick<KeyStore, "findKey"> & Pick<UseStore, "usageOf" | "usageByDay">;
  readonly clock: () => number;
  /** Writes usage in memory to the store. */
  readonly flush: () => Promise<void>;
}

interface DailyUsage {
  readonly keyId: string;
  /** Days (in UTC) on which the key was used, oldest first. */
  readonly days: readonly { readonly date: string; readonly outcomes: Outcomes }[];
}

export type Usage = ReturnType<typeof usageOperations>;

export function usageOperations({ system, store, clock, flush }: UsageOptions) {
  return {
    /**
     * Usage of up to 100 keys by day and outcome, for up to 30 days including today. About a second behind. Ids that are not keys of the
     * organization are left out. Refusal: `invalid_request` (names the field).
     */
    async daily(organizationId: string, presentedIds: readonly string[], days: number): Promise<Outcome<readonly DailyUsage[]>> {
      if (presentedIds.length > MOST_KEYS) return invalid("keys", `keys must be at most ${MOST_KEYS} ids`);
      if (!Number.isInteger(days) || days < 1 || days > MOST_DAYS)
        return invalid("days", `days must be a whole number from 1 to ${MOST_DAYS}`);
      const ids = new Set(presentedIds.map((id) => parseId(system.keyId, id)).filter((id) => id !== undefined));
      return ok((await store.usageByDay(organizationId, [...ids], daysStart(days, clock()))).map(toDailyUsage));
    },

    /** Usage of one key over a period that ends now; `to` is that time, in milliseconds since the epoch. Refusal: `not_found`. */
    async ofKey(organizationId: string, presentedId: string, period: UsagePeriod): Promise<Outcome<UsageOverTime & { to: number }>> {
      const id = parseId(system.keyId, presentedId);
      const key = id === undefined ? undefined : await store.findKey(organizationId, id);
      if (key === undefined) return refuse("not_found", "There is no such key.");
      const to = clock();
      await flush();
      return ok({ ...usageOverTime(await store.usageOf(key.id, periodStart(period, to)), period, to), to });
    },
  };
}

function toDailyUsage({ keyId, counts }: KeyUseByDay): DailyUsage {
  const byDay = Map.groupBy(counts, ({ day }) => day);
  const days = [...byDay].map(([day, ofDay]) => ({
    date: formatDay(day),
    outcomes: Object.fromEntries(ofDay.map(({ outcome, count }) => [outcome, count])),
  }));
  return { keyId, days };
}
