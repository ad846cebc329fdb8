/** The tables on PostgreSQL. */
import { expect, test } from "vitest";
import { openPostgres } from "../../../stores/postgres/open.ts";
import { databaseOfTest, inPostgres } from "../../support/postgres.ts";

test("every text column compares bytes, whatever the collation of the database is", async () => {
  const url = await databaseOfTest();
  const { close } = await openPostgres({ url });
  await close();
  const others = await inPostgres(
    url,
    `select table_name, column_name, collation_name from information_schema.columns
     where table_schema = 'public' and data_type = 'text' and collation_name is distinct from 'C'`,
  );
  expect(others).toEqual([]);
});
