/** The two rows that every change leaves behind, in the transaction of the change. */
import type { Transaction } from "kysely";
import type { Change } from "../contract.ts";
import type { Database } from "./schema.ts";

interface Trace {
  readonly action: string;
  readonly kind: "key" | "organization" | "service_token" | "member" | "invitation";
  readonly subjectId: string;
  readonly organizationId: string | null;
  readonly details?: Readonly<Record<string, unknown>>;
}

export async function trace(
  tx: Transaction<Database>,
  change: Change,
  { action, kind, subjectId, organizationId, details = {} }: Trace,
): Promise<void> {
  await tx
    .insertInto("audit")
    .values({
      id: change.auditId,
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
