/** The use of a key: totals in words, a chart, and a table. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { Card } from "../../controls/page.tsx";
import { Blank, Failed, Loading } from "../../controls/states.tsx";
import { keyUsageQuery } from "../../keys/key-queries.ts";
import { countOf, kindsOf, PERIOD_TITLES, totalsSentence, USAGE_PERIODS, type Usage, type UsagePeriod } from "../../words/usage.ts";
import { UsageTable } from "./usage-table.tsx";

/** Loaded separately: the chart library is large, and the rest of the page does not wait for it. */
const UsageChart = lazy(() => import("./usage-chart.tsx"));

const READ_AGAIN_MS = 30_000;

interface UsageCardProps {
  organizationId: string;
  keyId: string;
  period: UsagePeriod;
}

export function UsageCard({ organizationId, keyId, period }: UsageCardProps) {
  const { data, error, refetch } = useQuery({ ...keyUsageQuery(organizationId, keyId, period), refetchInterval: READ_AGAIN_MS });
  return (
    <Card title="Usage" actions={<Periods {...{ organizationId, keyId }} />}>
      {data !== undefined ? (
        <UsageShown usage={data} period={period} />
      ) : error === null ? (
        <Loading />
      ) : (
        <Failed error={error} retry={() => void refetch()} />
      )}
    </Card>
  );
}

function UsageShown({ usage, period }: { usage: Usage; period: UsagePeriod }) {
  const words = totalsSentence(usage.totals, period);
  if (countOf(kindsOf(usage.totals)) === 0)
    return (
      <Blank icon="gauge" title={`No requests in the last ${PERIOD_TITLES[period]}`} text="Requests with this key will appear here." />
    );
  return (
    <>
      <p className="mb-3">{words}</p>
      <div role="img" aria-label={words} className="h-64">
        <Suspense fallback={<Loading label="Loading the chart" />}>
          <UsageChart usage={usage} />
        </Suspense>
      </div>
      <UsageTable usage={usage} caption={words} />
    </>
  );
}

function Periods({ organizationId, keyId }: Omit<UsageCardProps, "period">) {
  return (
    <nav aria-label="Period" className="flex rounded-lg border border-line p-0.5">
      {USAGE_PERIODS.map((each) => (
        <Link
          key={each}
          to="/org/$organizationId/settings/api-keys/$keyId"
          params={{ organizationId, keyId }}
          search={each === "24h" ? {} : { period: each }}
          replace
          resetScroll={false}
          className="rounded-md px-2.5 py-1 text-ink-soft hover:text-ink aria-[current=page]:bg-accent-soft aria-[current=page]:font-medium aria-[current=page]:text-accent"
          activeOptions={{ exact: true, includeSearch: true }}
        >
          {PERIOD_TITLES[each]}
        </Link>
      ))}
    </nav>
  );
}
