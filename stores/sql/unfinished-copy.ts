/** A database into which another one is being copied: nobody may use it before it is whole. */
import type { Kysely } from "kysely";
import { StoreUnavailable } from "../contract.ts";
import type { Database } from "./schema.ts";

/** The name of the fact that such a database has. Its value says from where, and how far the copy has come. */
export const COPY_FACT = "copy";

/** @throws StoreUnavailable when a copy has begun and not ended */
export async function refuseUnfinishedCopy(db: Kysely<Database>): Promise<void> {
  const fact = await db.selectFrom("facts").select("name").where("name", "=", COPY_FACT).executeTakeFirst();
  if (fact !== undefined)
    throw new StoreUnavailable("this database is an unfinished copy of another one; run the same `keyward copy` again to finish it");
}
