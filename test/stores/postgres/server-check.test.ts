/** Which servers are refused: by version, encoding and role. */
import { expect, onTestFinished, test } from "vitest";
import { openPostgres } from "../../../stores/postgres/open.ts";
import { checkServer } from "../../../stores/postgres/server-check.ts";
import { serverDirectory, startPostgres } from "../../support/postgres-server.ts";
import { ROOT } from "../../support/root.ts";

const GOOD = { version: 150_000, encoding: "UTF8", isReadOnly: false };

test.each([
  ["the oldest version", {}, undefined],
  ["a newer version", { version: 180_004 }, undefined],
  ["the version before", { version: 140_099 }, "the server is PostgreSQL 14; Keyward needs version 15 or newer"],
  ["a much older version", { version: 90_624 }, "the server is PostgreSQL 9; Keyward needs version 15 or newer"],
  ["another encoding", { encoding: "LATIN1" }, "the database has the encoding LATIN1; create it with the encoding UTF8"],
  ["a read-only database", { isReadOnly: true }, "the database is read-only; Keyward needs the primary, and must be able to write"],
])("%s", (_sentence, different, refusal) => {
  const check = () => checkServer({ ...GOOD, ...different });
  if (refusal === undefined) expect(check).not.toThrow();
  else expect(check).toThrow(refusal);
});

test("a standby is refused: what it says may be out of date", async () => {
  const server = await startPostgres({ directory: serverDirectory(ROOT), files: { "standby.signal": "" } });
  onTestFinished(() => server.stop());
  await expect(openPostgres({ url: server.url })).rejects.toThrow(
    "127.0.0.1 is a standby, whose data may be out of date; Keyward needs the primary",
  );
});
