/** Recent use of a key, in one sentence. */
import type { ApiKey } from "@keyward/sdk";
import { Time } from "../../controls/time.tsx";
import { useKeyUsage } from "./fresh-key.ts";
import { requestCount, totalsInWords } from "./recent-use.ts";

const PERIODS = { "24h": "In the last 24 hours", "7d": "In the last 7 days" } as const;

export function RecentUse({ organizationId, apiKey, period }: { organizationId: string; apiKey: ApiKey; period: keyof typeof PERIODS }) {
  const { data, isError } = useKeyUsage(organizationId, apiKey.id, period);
  const isUsed = data !== undefined && requestCount(data.totals) > 0;
  return (
    <p
      aria-live="polite"
      className={isUsed ? "rounded-lg bg-warn-soft px-3 py-2 text-warn" : "rounded-lg bg-sunken px-3 py-2 text-ink-soft"}
    >
      {PERIODS[period]}: {data === undefined ? (isError ? "unknown" : "…") : totalsInWords(data.totals)}. Last used:{" "}
      <Time at={apiKey.lastUsedAt} never="never" />.
    </p>
  );
}
