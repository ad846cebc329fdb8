/** The two rows that every change of something leaves behind, in the transaction of the change. */
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
 * Writes the audit row and the feed row of one thing that was changed. `nth`: which of the things changed by one change this is; 0 for the
 * first.
 *
 * The row of `feed_head` is locked until the transaction ends, so the numbers of the feed are in the order of the commits, without gaps:
 * who has read up to a number has missed nothing. A sequence of the database is not: a smaller number may be committed later. For the
 * sake of that lock, trace last: a transaction that locks another row after it may deadlock with one that holds that row and waits to
 * trace.
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
