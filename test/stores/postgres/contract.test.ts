/** The contract of stores on a real PostgreSQL. */
import { describeStore } from "../../../stores/conformance/describe-store.ts";
import { openPostgres } from "../../../stores/postgres/open.ts";
import { createDatabase } from "../../support/postgres.ts";

describeStore("postgres", async () => {
  const { url, drop } = await createDatabase();
  const { store, close } = await openPostgres({ url });
  return { store, close: () => close().then(drop) };
});
