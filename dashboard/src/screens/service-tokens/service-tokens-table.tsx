/** The list of service tokens, including revoked ones. */
import type { ServiceToken } from "@keyward/sdk";
import { Badge } from "../../controls/badge.tsx";
import { RowButton } from "../../controls/row-button.tsx";
import { Blank, Failed, Loading } from "../../controls/states.tsx";
import { Cell, Table } from "../../controls/table.tsx";
import { Time } from "../../controls/time.tsx";

interface ServiceTokensTableProps {
  query: { data: { readonly data: readonly ServiceToken[] } | undefined; error: unknown; refetch: () => unknown };
  onRevoke: (serviceToken: ServiceToken) => void;
}

export function ServiceTokensTable({ query: { data, error, refetch }, onRevoke }: ServiceTokensTableProps) {
  if (data === undefined) return error === null ? <Loading /> : <Failed error={error} retry={() => void refetch()} />;
  if (data.data.length === 0)
    return <Blank icon="server" title="No service tokens yet" text="Create one for each application that verifies keys." />;
  return (
    <Table
      label="Service tokens"
      columns={[{ title: "Name" }, { title: "Created", wide: true }, { title: "State" }, { title: "Actions", quiet: true }]}
    >
      {data.data.map((serviceToken) => (
        <ServiceTokenRow key={serviceToken.id} serviceToken={serviceToken} onRevoke={() => onRevoke(serviceToken)} />
      ))}
    </Table>
  );
}

function ServiceTokenRow({ serviceToken: { name, createdAt, revokedAt }, onRevoke }: { serviceToken: ServiceToken; onRevoke: () => void }) {
  return (
    <tr>
      <Cell>
        <span className="font-medium wrap-anywhere">{name}</span>
      </Cell>
      <Cell wide>
        <Time at={createdAt} />
      </Cell>
      <Cell>
        {revokedAt === null ? (
          <Badge tone="good">Active</Badge>
        ) : (
          <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
            <Badge>Revoked</Badge>
            <Time at={revokedAt} />
          </span>
        )}
      </Cell>
      <Cell last>
        {revokedAt === null && (
          <RowButton onClick={onRevoke} aria-label={`Revoke ${name}`}>
            Revoke
          </RowButton>
        )}
      </Cell>
    </tr>
  );
}
