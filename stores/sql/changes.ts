/** The two rows that every change writes in its own transaction: one in the audit log, one in the change feed. Reading the feed. */
import type { Insertable, Kysely, Transaction } from "kysely";
import { AUDIT_ACTIONS, type AuditAction } from "../../engine/audit-actions.ts";
import { idAfter } from "../../engine/id.ts";
import type { StateChange } from "../../engine/state-change.ts";
import type { Change, FeedRow } from "../contract.ts";
import { fixedStatement } from "./fixed-statement.ts";
import type { Database } from "./schema.ts";

interface Trace {
  readonly action: AuditAction;
  readonly subjectId: string;
  readonly organizationId: string | null;
  readonly details?: Readonly<Record<string, unknown>>;
  /** What other nodes must drop from memory: the same that the operation applies on this node. */
  readonly changes: readonly StateChange[];
}

/**
 * Writes the audit row and the feed row of one thing that was changed. If one change concerns several things, `nth` numbers them from 0.
 *
 * The row of `feed_head` is locked until the transaction ends, so the numbers of the feed are in the order of the commits, without gaps: a
 * reader that has read up to a number has missed nothing. With a sequence of the database, a smaller number could be committed later.
 * Because of this lock, call `trace` last: a transaction that locks another row afterwards could deadlock with one that holds that row and
 * waits here.
 */
export async function trace(
  tx: Transaction<Database>,
  change: Change,
  { action, subjectId, organizationId, details = {}, changes }: Trace,
  nth = 0,
): Promise<void> {
  await insertAudit(tx, {
    id: idAfter(change.auditId, nth),
    at: change.at,
    actor: change.actor,
    action,
    organization_id: organizationId,
    subject_id: subjectId,
    details: JSON.stringify(details),
    request_id: change.requestId ?? null,
  });
  const { rows } = await nextInFeed(tx, {});
  const [{ sequence } = noHead()] = rows;
  await insertInFeed(tx, {
    sequence,
    kind: AUDIT_ACTIONS[action].subject,
    subject_id: subjectId,
    at: change.at,
    state_changes: JSON.stringify(changes),
  });
}

const insertAudit = fixedStatement((db, row: Insertable<Database["audit"]>) => db.insertInto("audit").values(row));

const nextInFeed = fixedStatement((db) =>
  db
    .updateTable("feed_head")
    .set((head) => ({ sequence: head("sequence", "+", 1) }))
    .returning("sequence"),
);

const insertInFeed = fixedStatement((db, row: Insertable<Database["change_feed"]>) => db.insertInto("change_feed").values(row));

function noHead(): never {
  throw new Error("the change feed has no head");
}

/** The rows of the feed after `sequence`, oldest first, at most `limit`. */
export async function readFeed(db: Kysely<Database>, sequence: number, limit: number): Promise<readonly FeedRow[]> {
  const rows = await db
    .selectFrom("change_feed")
    .select(["sequence", "kind", "subject_id as subjectId", "state_changes"])
    .where("sequence", ">", sequence)
    .orderBy("sequence")
    .limit(limit)
    .execute();
  return rows.map(({ state_changes, ...row }) => ({ ...row, changes: JSON.parse(state_changes) }));
}
