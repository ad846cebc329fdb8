/** Organizations in SQL. */
import type { Kysely, Transaction } from "kysely";
import type { Plan } from "../../engine/api-key.ts";
import { organizationChanged } from "../../engine/state-change.ts";
import type { Change, Organization, OrganizationStore } from "../contract.ts";
import { trace } from "./changes.ts";
import { fixedStatement } from "./fixed-statement.ts";
import type { Capabilities, Database } from "./schema.ts";
import { transact } from "./transaction.ts";

type Reader = Kysely<Database> | Transaction<Database>;

export function sqlOrganizationStore(db: Kysely<Database>, capabilities: Capabilities): OrganizationStore {
  return {
    createOrganization: (organization, change) =>
      transact(db, change, async (tx) => {
        await insertOrganization(tx, organization);
        await traceCreation(tx, organization, change);
      }),

    findOrganization: (id) => readOrganization(db, id, false),

    async listOrganizations({ before, limit }) {
      const rows = await selectOrganizations(db)
        .where("organizations.id", "in", ({ selectFrom }) => {
          const page = selectFrom("organizations as page").select("page.id").orderBy("page.id", "desc").limit(limit);
          return before === undefined ? page : page.where("page.id", "<", before);
        })
        .orderBy("organizations.id", "desc")
        .execute();
      return [...Map.groupBy(rows, ({ id }) => id).values()].flatMap((ofOne) => toOrganization(ofOne) ?? []);
    },

    updateOrganization: (id, changes, change) =>
      transact(db, change, async (tx) => {
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
          subjectId: id,
          organizationId: id,
          details: changes,
          // No key depends on the name, which members can change as often as they like.
          changes: changes.plan !== undefined || overrides !== undefined ? [organizationChanged(id)] : [],
        });
        return { outcome: "updated", organization: { ...organization, ...changes, updatedAt: change.at } };
      }),
  };
}

export async function insertOrganization(tx: Transaction<Database>, organization: Organization): Promise<void> {
  const { id, name, plan, overrides, createdAt, updatedAt } = organization;
  await tx.insertInto("organizations").values({ id, name, plan, created_at: createdAt, updated_at: updatedAt }).execute();
  await writeOverrides(tx, id, overrides);
}

export async function traceCreation(tx: Transaction<Database>, organization: Organization, change: Change): Promise<void> {
  const { id, name, plan, overrides } = organization;
  await trace(tx, change, {
    action: "organization.created",
    subjectId: id,
    organizationId: id,
    details: { name, plan, overrides },
    changes: [],
  });
}

/** Reads an organization. With `lock`, nobody else can change it until the transaction ends. */
export async function readOrganization(db: Reader, id: string, lock: boolean): Promise<Organization | undefined> {
  // A separate statement: the next one then sees what others committed while this one waited, including overrides.
  if (lock) await db.selectFrom("organizations").select("id").where("id", "=", id).forNoKeyUpdate().execute();
  const { rows } = await selectOrganization(db, { id });
  return toOrganization(rows);
}

const selectOrganization = fixedStatement((db, { id }: { id: string }) => selectOrganizations(db).where("organizations.id", "=", id));

/** One row for each override, or a single row without. It is one statement, so that plan and overrides always belong together. */
function selectOrganizations(db: Reader) {
  return db
    .selectFrom("organizations")
    .leftJoin("plan_overrides", "plan_overrides.organization_id", "organizations.id")
    .selectAll("organizations")
    .select(["plan_overrides.limit_name", "plan_overrides.value as limit_value"]);
}

type OrganizationRow = Awaited<ReturnType<ReturnType<typeof selectOrganizations>["execute"]>>[number];

function toOrganization(rows: readonly OrganizationRow[]): Organization | undefined {
  const [row] = rows;
  if (row === undefined) return undefined;
  const { id, name, plan, created_at: createdAt, updated_at: updatedAt } = row;
  return { id, name, plan, overrides: toOverrides(rows), createdAt, updatedAt };
}

/** The overrides in the rows of one organization. */
export function toOverrides(rows: readonly { readonly limit_name: string | null; readonly limit_value: number | null }[]): Partial<Plan> {
  return Object.fromEntries(rows.flatMap(({ limit_name, limit_value }) => (limit_name === null ? [] : [[limit_name, limit_value]])));
}

async function writeOverrides(tx: Transaction<Database>, organizationId: string, overrides: Partial<Plan>): Promise<void> {
  const rows = Object.entries(overrides).map(([limit_name, value]) => ({ organization_id: organizationId, limit_name, value }));
  if (rows.length > 0) await tx.insertInto("plan_overrides").values(rows).execute();
}
