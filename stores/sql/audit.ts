/** Reading the audit log in SQL. */
import type { Kysely } from "kysely";
import type { AuditEntry, LogStore } from "../contract.ts";
import type { Database } from "./schema.ts";

export async function listAudit(
  db: Kysely<Database>,
  organizationId: string,
  { before, limit, action, actors, subjectId, from, to }: Parameters<LogStore["listAudit"]>[1],
): Promise<readonly AuditEntry[]> {
  let query = db.selectFrom("audit").selectAll().where("organization_id", "=", organizationId).orderBy("id", "desc").limit(limit);
  if (before !== undefined) query = query.where("id", "<", before);
  if (action !== undefined) query = query.where("action", "=", action);
  if (actors !== undefined) query = query.where("actor", "in", actors);
  if (subjectId !== undefined) query = query.where("subject_id", "=", subjectId);
  if (from !== undefined) query = query.where("at", ">=", from);
  if (to !== undefined) query = query.where("at", "<", to);
  const rows = await query.execute();
  return rows.map(({ organization_id, subject_id, details, ...rest }) => ({
    ...rest,
    organizationId: organization_id,
    subjectId: subject_id,
    details: JSON.parse(details),
  }));
}
