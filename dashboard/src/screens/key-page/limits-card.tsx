/** The limits of a key, and how much of each is used. */
import { useQuery } from "@tanstack/react-query";
import { client } from "../../app/client.ts";
import { Meter } from "../../controls/meter.tsx";
import { Card } from "../../controls/page.tsx";
import { Failed, Loading } from "../../controls/states.tsx";
import { LIMIT_ORIGINS, LIMIT_TITLES, type LimitState, limitSentence, limitTone } from "../../words/limit.ts";

/** While the page is visible. */
const READ_AGAIN_MS = 4_000;

type Limit = LimitState & { readonly from: keyof typeof LIMIT_ORIGINS };

export function LimitsCard({ organizationId, keyId }: { organizationId: string; keyId: string }) {
  const { data, error, refetch } = useQuery({
    queryKey: ["limits", organizationId, keyId],
    queryFn: ({ signal }) => client.keys.limits(organizationId, keyId, { signal }),
    refetchInterval: ({ state }) => (state.status === "error" ? false : READ_AGAIN_MS),
    staleTime: READ_AGAIN_MS,
  });
  return (
    <Card title="Limits" text="How much of each limit is used now. Keys that replace one another share their limits.">
      {data !== undefined ? (
        <Limits limits={data.data} />
      ) : error === null ? (
        <Loading rows={3} />
      ) : (
        <Failed error={error} retry={() => void refetch()} />
      )}
    </Card>
  );
}

function Limits({ limits }: { limits: readonly Limit[] }) {
  if (limits.length === 0) return <p className="text-ink-soft">This key has no limits.</p>;
  return (
    <div className="grid gap-x-8 gap-y-5 md:grid-cols-2 lg:grid-cols-3">
      {limits.map((limit) => (
        <Meter
          key={limit.name}
          title={LIMIT_TITLES[limit.name]}
          words={limitSentence(limit)}
          value={limit.limit - limit.remaining}
          maximum={limit.limit}
          tone={limitTone(limit)}
        >
          {LIMIT_ORIGINS[limit.from]}
        </Meter>
      ))}
    </div>
  );
}
