/** The store over any SQL database that Kysely speaks: one set of queries, one set of migrations. */
import { type Kysely, sql } from "kysely";
import { DAY_MS, HOUR_MS } from "../../engine/duration.ts";
import { USAGE_RETENTION } from "../../engine/usage-report.ts";
import { type Store, StoreUnavailable } from "../contract.ts";
import { listAudit, outlineAudit } from "./audit.ts";
import { readFeed } from "./changes.ts";
import { sqlDeviceLoginStore } from "./device-logins.ts";
import { sqlKeyStore } from "./keys.ts";
import { sqlOrganizationStore } from "./organizations.ts";
import { prunePeople, sqlPeopleStore } from "./people.ts";
import { sqlRefusalStore } from "./refusals.ts";
import type { Capabilities, Database } from "./schema.ts";
import { sqlSecretStore } from "./secrets.ts";
import { sqlServiceTokenStore } from "./service-tokens.ts";
import { repeated, transact } from "./transaction.ts";
import { sqlUseStore } from "./use.ts";

export function sqlStore(db: Kysely<Database>, capabilities: Capabilities): Store {
  const store: Store = {
    ...sqlKeyStore(db, capabilities),
    ...sqlOrganizationStore(db, capabilities),
    ...sqlServiceTokenStore(db),
    ...sqlPeopleStore(db, capabilities),
    ...sqlDeviceLoginStore(db),
    ...sqlUseStore(db, capabilities),
    ...sqlRefusalStore(db, capabilities),
    ...sqlSecretStore(db),

    listAudit: (organizationId, page) => listAudit(db, organizationId, page),

    outlineAudit: (organizationId, page) => outlineAudit(db, organizationId, page),

    changesAfter: (sequence, limit) => readFeed(db, sequence, limit),

    settle: (name, value) =>
      transact(db, undefined, async (tx) => {
        await tx
          .insertInto("facts")
          .values({ name, value })
          .onConflict((conflict) => conflict.column("name").doNothing())
          .execute();
        return (await tx.selectFrom("facts").select("value").where("name", "=", name).executeTakeFirstOrThrow()).value;
      }),

    prune: (now, hourlyDays, dailyDays = USAGE_RETENTION.dailyDays) =>
      transact(db, undefined, async (tx) => {
        await tx
          .deleteFrom("idempotency")
          .where("at", "<", now - DAY_MS)
          .execute();
        await tx
          .deleteFrom("counters")
          .where("at", "<", now - 2 * DAY_MS)
          .execute();
        await tx
          .deleteFrom("usage")
          .where("hour", "<", now - hourlyDays * DAY_MS)
          .execute();
        await tx
          .deleteFrom("usage_days")
          .where("day", "<", now - dailyDays * DAY_MS)
          .execute();
        await prunePeople(tx, now);
        // Those of the future were written by a clock that has been corrected since, and would stand in the way of newer ones.
        await tx
          .deleteFrom("refusals")
          .where((is) => is.or([is("at", "<", now - DAY_MS), is("at", ">", now + HOUR_MS)]))
          .execute();
        await tx
          .deleteFrom("change_feed")
          .where("at", "<", now - DAY_MS)
          .execute();
      }),

    async ping() {
      await sql`select 1`.execute(db);
    },
  };
  return withStoreUnavailable(store);
}

/** Repeats what may be repeated, and turns every other failure of a method into `StoreUnavailable`. */
function withStoreUnavailable(store: Store): Store {
  const guarded = Object.entries(store).map(([method, run]) => [
    method,
    async (...values: unknown[]) => {
      try {
        return await repeated(() => run(...values));
      } catch (cause) {
        throw cause instanceof StoreUnavailable
          ? cause
          : new StoreUnavailable(`${method} failed: ${cause instanceof Error ? cause.message : "unknown"}`, { cause });
      }
    },
  ]);
  return Object.fromEntries(guarded);
}
