/** The two rows that every change writes in its own transaction: one in the audit log, one in the change feed. */
import type { Transaction } from "kysely";
import { AUDIT_ACTIONS, type AuditAction } from "../../engine/audit-actions.ts";
import { idAfter } from "../../engine/id.ts";
import type { Change } from "../contract.ts";
import type { Database } from "./schema.ts";

interface Trace {
  readonly action: AuditAction;
  readonly subjectId: string;
  readonly organizationId: string | null;
  readonly details?: Readonly<Record<string, unknown>>;
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
  { action, subjectId, organizationId, details = {} }: Trace,
  nth = 0,
): Promise<void> {
  await tx
    .insertInto("audit")
    .values({
      id: idAfter(change.auditId, nth),
      at: change.at,
      actor: change.actor,
      action,
      organization_id: organizationId,
      subject_id: subjectId,
      details: JSON.stringify(details),
    })
    .execute();
  const { sequence } = await tx
    .updateTable("feed_head")
    .set((head) => ({ sequence: head("sequence", "+", 1) }))
    .returning("sequence")
    .executeTakeFirstOrThrow();
  await tx
    .insertInto("change_feed")
    .values({ sequence, kind: AUDIT_ACTIONS[action].subject, subject_id: subjectId, at: change.at })
    .execute();
}
