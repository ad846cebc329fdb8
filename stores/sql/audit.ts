/** Reading the audit log in SQL. */
import { type Kysely, sql } from "kysely";
import type { AuditAction } from "../../engine/audit-actions.ts";
import type { AuditEntry, LogStore } from "../contract.ts";
import type { Database } from "./schema.ts";

type Page = Parameters<LogStore["listAudit"]>[1];

export async function listAudit(db: Kysely<Database>, organizationId: string, page: Page): Promise<readonly AuditEntry[]> {
  const rows = await entries(db, organizationId, page).selectAll().execute();
  return rows.map(({ organization_id, subject_id, request_id, details, ...rest }) => ({
    ...rest,
    organizationId: organization_id,
    subjectId: subject_id,
    requestId: request_id,
    details: JSON.parse(details),
  }));
}

/** SQLite and PostgreSQL know the length in bytes without reading the text. */
export function outlineAudit(db: Kysely<Database>, organizationId: string, page: Page): ReturnType<LogStore["outlineAudit"]> {
  return entries(db, organizationId, page)
    .select(["id", sql<number>`octet_length(details)`.as("octets")])
    .execute();
}

function entries(db: Kysely<Database>, organizationId: string, { before, limit, action, actors, subjectId, from, to }: Page) {
  let query = db.selectFrom("audit").where("organization_id", "=", organizationId).orderBy("id", "desc").limit(limit);
  if (before !== undefined) query = query.where("id", "<", before);
  // An unknown action matches nothing.
  if (action !== undefined) query = query.where("action", "=", action as AuditAction);
  // An empty list in SQL is an extension of SQLite.
  if (actors?.length === 0) query = query.where((is) => is.lit(false));
  else if (actors !== undefined) query = query.where("actor", "in", actors);
  if (subjectId !== undefined) query = query.where("subject_id", "=", subjectId);
  if (from !== undefined) query = query.where("at", ">=", from);
  if (to !== undefined) query = query.where("at", "<", to);
  return query;
}
