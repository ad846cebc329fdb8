/** Why requests with this key were refused within the last day. Hidden while there are none. */
import type { RefusedRequest } from "@keyward/sdk";
import { useQuery } from "@tanstack/react-query";
import { client } from "../../app/client.ts";
import { type Detail, Details } from "../../controls/details.tsx";
import { Card } from "../../controls/page.tsx";
import { Failed } from "../../controls/states.tsx";
import { Time } from "../../controls/time.tsx";

const SHOWN = 20;
const READ_AGAIN_MS = 30_000;

export function RefusalsCard({ organizationId, keyId }: { organizationId: string; keyId: string }) {
  const { data, error, refetch } = useQuery({
    queryKey: ["refusals", organizationId, keyId],
    queryFn: ({ signal }) => client.refusals.ofKey(organizationId, keyId, { limit: SHOWN }, { signal }),
    refetchInterval: ({ state }) => (state.status === "error" ? false : READ_AGAIN_MS),
  });
  const refusals = data?.data ?? [];
  const isFailed = data === undefined && error !== null;
  if (refusals.length === 0 && !isFailed) return null;
  return (
    <Card flush title="Refused requests">
      {isFailed && <Failed error={error} retry={() => void refetch()} />}
      <ol className="divide-y divide-line border-t border-line">
        {refusals.map((refusal) => (
          <Refusal key={refusal.id} refusal={refusal} />
        ))}
      </ol>
      {data?.nextCursor != null && (
        <p className="border-t border-line px-4 py-2.5 text-xs text-ink-soft sm:px-5">Older ones are in the command line and the API.</p>
      )}
    </Card>
  );
}

function Refusal({ refusal }: { refusal: RefusedRequest }) {
  const { at, explanation, advice, more } = refusal;
  return (
    <li className="px-4 py-2.5 sm:px-5">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        <p className="min-w-0 break-words">{explanation}</p>
        <span className="text-xs text-ink-soft">
          <Time at={at} />
        </span>
      </div>
      <p className="break-words text-ink-soft">{advice}</p>
      {more > 0 && <p className="text-xs text-ink-soft">{more === 1 ? "One more" : `${more} more`} like it followed at once.</p>}
      <Details rows={detailsOf(refusal)} />
    </li>
  );
}

function detailsOf({ reason, surface, method, path, address, requestId }: RefusedRequest): readonly Detail[] {
  return [
    { name: "request", text: path === null ? `judged by ${surface}` : `${method} ${path} (${surface})` },
    ...(address === null ? [] : [{ name: "from", text: address }]),
    { name: "reason", text: reason },
    { name: "request id", text: requestId },
  ];
}
