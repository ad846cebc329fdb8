/** The contract of stores on a real PostgreSQL. */
import { expect } from "vitest";
import { describeStore } from "../../../stores/conformance/describe-store.ts";
import { openPostgres } from "../../../stores/postgres/open.ts";
import { createDatabase, inPostgres } from "../../support/postgres.ts";

let url = "";

describeStore("postgres", async () => {
  const made = await createDatabase();
  url = made.url;
  const { store, close } = await openPostgres({ url });
  return {
    store,
    async close() {
      await close();
      // A deadlock is repeated, and so hidden. It costs a second each, and says that two methods lock in different orders.
      const [{ deadlocks } = {}] = await inPostgres(url, "select deadlocks from pg_stat_database where datname = current_database()");
      await made.drop();
      expect(deadlocks, "deadlocks").toBe("0");
    },
  };
});
