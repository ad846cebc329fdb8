/** The two rows that every change of something leaves behind, in the transaction of the change. */
import type { Transaction } from "kysely";
import { idAfter } from "../../engine/id.ts";
import type { Change } from "../contract.ts";
import type { Database } from "./schema.ts";

interface Trace {
  readonly action: string;
  readonly kind: "key" | "organization" | "service_token" | "member" | "invitation";
  readonly subjectId: string;
  readonly organizationId: string | null;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** `nth`: which of the things that one change has changed this is; 0 for the first. */
export async function trace(
  tx: Transaction<Database>,
  change: Change,
  { action, kind, subjectId, organizationId, details = {} }: Trace,
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
  await tx.insertInto("change_feed").values({ kind, subject_id: subjectId, at: change.at }).execute();
}
