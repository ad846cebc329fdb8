/** The history of a key, from the audit log. */
import { useQuery } from "@tanstack/react-query";
import { client } from "../../app/client.ts";
import { AuditEvents } from "../../audit/audit-events.tsx";
import { ButtonLink } from "../../controls/button.tsx";
import { Card } from "../../controls/page.tsx";
import { Failed, Loading } from "../../controls/states.tsx";

const SHOWN = 20;

export function TrailCard({ organizationId, keyId }: { organizationId: string; keyId: string }) {
  const { data, error, refetch } = useQuery({
    queryKey: ["audit", organizationId, "of", keyId],
    queryFn: ({ signal }) => client.audit.list(organizationId, { subject: keyId, limit: SHOWN }, { signal }),
  });
  const events = data?.data;
  return (
    <Card
      flush
      title="History"
      actions={
        <ButtonLink to="/org/$organizationId/settings/audit-log" params={{ organizationId }} search={{ subject: keyId }}>
          Open in audit log
        </ButtonLink>
      }
    >
      {events === undefined && (error === null ? <Loading /> : <Failed error={error} retry={() => void refetch()} />)}
      {events?.length === 0 && <p className="px-4 pb-4 text-ink-soft sm:px-5">Nothing is recorded about this key.</p>}
      {events !== undefined && events.length > 0 && <AuditEvents {...{ organizationId, events }} ofKey={keyId} />}
    </Card>
  );
}
