/** The organizations in SQL. */
import type { Kysely, Transaction } from "kysely";
import type { Plan } from "../../engine/api-key.ts";
import type { Change, Organization, OrganizationStore } from "../contract.ts";
import { trace } from "./changes.ts";
import type { Capabilities, Database } from "./schema.ts";

type Reader = Kysely<Database> | Transaction<Database>;

export function sqlOrganizationStore(db: Kysely<Database>, capabilities: Capabilities): OrganizationStore {
  return {
    createOrganization: (organization, change) => db.transaction().execute((tx) => insertOrganization(tx, organization, change)),

    findOrganization: (id) => readOrganization(db, id, false),

    async listOrganizations({ before, limit }) {
      let query = db.selectFrom("organizations").select("id").orderBy("id", "desc").limit(limit);
      if (before !== undefined) query = query.where("id", "<", before);
      const found = await Promise.all((await query.execute()).map(({ id }) => readOrganization(db, id, false)));
      return found.filter((organization) => organization !== undefined);
    },

    updateOrganization: (id, changes, change) =>
      db.transaction().execute(async (tx) => {
        const organization = await readOrganization(tx, id, capabilities.rowLocks);
        if (organization === undefined) return { outcome: "not_found" };
        const { name = organization.name, plan = organization.plan, overrides } = changes;
        await tx.updateTable("organizations").set({ name, plan, updated_at: change.at }).where("id", "=", id).execute();
        if (overrides !== undefined) {
          await tx.deleteFrom("plan_overrides").where("organization_id", "=", id).execute();
          await writeOverrides(tx, id, overrides);
        }
        await trace(tx, change, {
          action: "organization.updated",
          kind: "organization",
          subjectId: id,
          organizationId: id,
          details: changes,
        });
        return { outcome: "updated", organization: { ...organization, ...changes, updatedAt: change.at } };
      }),
  };
}

export async function insertOrganization(tx: Transaction<Database>, organization: Organization, change: Change): Promise<void> {
  const { id, name, plan, overrides, createdAt, updatedAt } = organization;
  await tx.insertInto("organizations").values({ id, name, plan, created_at: createdAt, updated_at: updatedAt }).execute();
  await writeOverrides(tx, id, overrides);
  await trace(tx, change, {
    action: "organization.created",
    kind: "organization",
    subjectId: id,
    organizationId: id,
    details: { name, plan, overrides },
  });
}

export async function readOrganization(db: Reader, id: string, lock: boolean): Promise<Organization | undefined> {
  const query = db.selectFrom("organizations").selectAll().where("id", "=", id);
  const row = await (lock ? query.forUpdate() : query).executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    id: row.id,
    name: row.name,
    plan: row.plan,
    overrides: await readOverrides(db, id),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export async function readOverrides(db: Reader, organizationId: string): Promise<Partial<Plan>> {
  const rows = await db
    .selectFrom("plan_overrides")
    .select(["limit_name", "value"])
    .where("organization_id", "=", organizationId)
    .execute();
  return Object.fromEntries(rows.map(({ limit_name, value }) => [limit_name, value]));
}

async function writeOverrides(tx: Transaction<Database>, organizationId: string, overrides: Partial<Plan>): Promise<void> {
  const rows = Object.entries(overrides).map(([limit_name, value]) => ({ organization_id: organizationId, limit_name, value }));
  if (rows.length > 0) await tx.insertInto("plan_overrides").values(rows).execute();
}
