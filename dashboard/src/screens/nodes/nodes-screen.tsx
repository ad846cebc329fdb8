/** The operator's page of nodes: the processes that share the database. */
import type { Node } from "@keyward/sdk";
import { useQuery } from "@tanstack/react-query";
import { client } from "../../app/client.ts";
import { OperatorsOnly } from "../../app/operators-only.tsx";
import { useSession } from "../../app/session.ts";
import { Badge } from "../../controls/badge.tsx";
import { Card, Page } from "../../controls/page.tsx";
import { Blank, Failed, Loading } from "../../controls/states.tsx";
import { Cell, Table } from "../../controls/table.tsx";
import { Time } from "../../controls/time.tsx";
import { counted, shortNumber } from "../../words/number.ts";
import { TITLES } from "../../words/titles.ts";

const READ_EVERY_MS = 5_000;

export function NodesScreen() {
  const { isOperator } = useSession();
  return isOperator ? <OperatorsView /> : <OperatorsOnly title={TITLES.nodes} />;
}

function OperatorsView() {
  const { data, error, refetch } = useQuery({
    queryKey: ["nodes"],
    queryFn: ({ signal }) => client.nodes.list({ signal }),
    refetchInterval: READ_EVERY_MS,
  });
  return (
    <Page title={TITLES.nodes} text="The processes that share the database. A node answers from memory while it has a lease.">
      <Card flush>
        {data === undefined ? (
          error === null ? (
            <Loading />
          ) : (
            <Failed error={error} retry={() => void refetch()} />
          )
        ) : (
          <Nodes nodes={data.data} />
        )}
      </Card>
    </Page>
  );
}

function Nodes({ nodes }: { nodes: readonly Node[] }) {
  if (nodes.length === 0)
    return <Blank icon="nodes" title="One process" text="Keyward runs with the embedded database, which one process uses alone." />;
  return (
    <Table
      label="Nodes"
      columns={[
        { title: "Node" },
        { title: "State" },
        { title: "Verifications" },
        { title: "Started", wide: true },
        { title: "Version", wide: true },
      ]}
    >
      {nodes.map((node) => (
        <NodeRow key={node.id} node={node} />
      ))}
    </Table>
  );
}

function NodeRow({ node: { host, pid, url, isThis, leaseSeconds, lag, verificationsPerSecond, startedAt, version } }: { node: Node }) {
  return (
    <tr>
      <Cell>
        <span className="font-medium wrap-anywhere">{url === "" ? `${host}, process ${pid}` : url}</span>
        <span className="block text-xs text-ink-faint wrap-anywhere">
          {host}
          {isThis && ", this node"}
        </span>
      </Cell>
      <Cell>
        <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
          {leaseSeconds > 0 ? <Badge tone="good">Lease</Badge> : <Badge tone="warn">No lease</Badge>}
          {lag > 0 && <span className="text-xs text-ink-faint">{counted(lag, "change")} behind</span>}
        </span>
      </Cell>
      <Cell>{shortNumber(verificationsPerSecond)} a second</Cell>
      <Cell wide>
        <Time at={startedAt} />
      </Cell>
      <Cell wide last>
        {version}
      </Cell>
    </tr>
  );
}
