/** What nodes need of each other, in SQL. Each method is one statement, which takes its own snapshot, on the node's own connection. */
import type { FeedRow } from "../contract.ts";
import type { ListedNode, Membership, NodeRow, NodeStore } from "../node-contract.ts";
import { CHANNELS } from "./channels.ts";
import type { NodeConnection } from "./node-connection.ts";

const NOW = "(extract(epoch from clock_timestamp()) * 1000)::bigint";
const ROW = 'id, epoch, seen, renewals, lease_ms as "leaseMs"';

export function postgresNodes(connection: Pick<NodeConnection, "query" | "wakeups">): NodeStore {
  const query: NodeConnection["query"] = (text, values) => connection.query(text, values);
  return {
    async join({ id, epoch, seen, leaseMs, about }) {
      await query(
        `insert into nodes (id, epoch, seen, renewals, lease_ms, about, renewed_at) values ($1, $2, $3, 0, $4, $5, ${NOW})
         on conflict (id) do update set epoch = excluded.epoch, seen = excluded.seen, renewals = 0, lease_ms = excluded.lease_ms,
           about = excluded.about, renewed_at = excluded.renewed_at
         where nodes.epoch < excluded.epoch`,
        [id, epoch, seen, leaseMs, JSON.stringify(about)],
      );
    },

    // The commit is durable: after a crash of the database, a count that went back would look like a node that has not renewed its lease.
    async renew({ id, epoch, seen, about }) {
      const [row] = await query<{ head: number }>(
        `update nodes set renewals = renewals + 1, seen = greatest(seen, $3), about = $4, renewed_at = ${NOW} where id = $1 and epoch = $2
         returning (select sequence from feed_head) as head`,
        [id, epoch, seen, JSON.stringify(about)],
      );
      return row;
    },

    // It need not be durable: whoever loses an acknowledgement waits longer. It is part of the time that every change takes.
    async acknowledge({ id, epoch }, seen) {
      await query(
        `with quick as materialized (select set_config('synchronous_commit', 'off', true) as off),
         acknowledged as (update nodes set seen = greatest(seen, $3) from quick where id = $1 and epoch = $2 and off = 'off' returning id)
         select pg_notify('${CHANNELS.acknowledgement}', id) from acknowledged`,
        [id, epoch, seen],
      );
    },

    async standing() {
      const rows = await query<NodeRow & { readonly id: string | null; readonly head: number }>(
        `select feed_head.sequence as head, ${ROW} from feed_head left join nodes on true`,
        [],
      );
      const nodes = rows.flatMap(({ head: _head, ...node }) => (node.id === null ? [] : [node]));
      return { head: rows[0]?.head ?? 0, nodes };
    },

    async evict(nodes) {
      await query(
        `with given as (select * from unnest($1::text[], $2::bigint[], $3::bigint[]) as given (id, epoch, renewals)),
         gone as (delete from nodes using given
           where nodes.id = given.id and nodes.epoch = given.epoch and nodes.renewals = given.renewals returning nodes.id)
         select pg_notify('${CHANNELS.acknowledgement}', id) from gone`,
        [nodes.map(({ id }) => id), nodes.map(({ epoch }) => epoch), nodes.map(({ renewals }) => renewals)],
      );
    },

    async leave({ id, epoch }: Membership) {
      await query(
        `with gone as (delete from nodes where id = $1 and epoch = $2 returning id)
         select pg_notify('${CHANNELS.acknowledgement}', id) from gone`,
        [id, epoch],
      );
    },

    async list() {
      const rows = await query<NodeRow & { readonly about: string; readonly head: number; readonly renewedMsAgo: number }>(
        `select ${ROW}, about, ${NOW} - renewed_at as "renewedMsAgo", feed_head.sequence as head from nodes, feed_head order by id`,
        [],
      );
      return rows.map(
        ({ id, epoch, seen, leaseMs, about, head, renewedMsAgo }): ListedNode => ({
          ...{ id, epoch, leaseMs, renewedMsAgo },
          about: JSON.parse(about),
          lag: Math.max(0, head - seen),
        }),
      );
    },

    async changesAfter(sequence, limit) {
      const rows = await query<Omit<FeedRow, "changes"> & { readonly changes: string }>(
        `select sequence, kind, subject_id as "subjectId", state_changes as changes from change_feed where sequence > $1 order by sequence limit $2`,
        [sequence, limit],
      );
      return rows.map((row) => ({ ...row, changes: JSON.parse(row.changes) }));
    },

    wakeups: connection.wakeups,
  };
}
