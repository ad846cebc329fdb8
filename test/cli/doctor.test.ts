/** `keyward doctor`, on a server that somebody tries out, and on one behind a proxy that is not named. */
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CHECKS } from "../../engine/diagnosis.ts";
import { settingsOfTest } from "../support/postgres.ts";
import { call, startServer } from "../support/server.ts";
import { run, script, serverHere } from "./script.ts";

describe("on the embedded database", () => {
  const { server, cwd } = serverHere();

  test("it says what it found and what to do, and fails while there is a problem", async () => {
    await script(
      `
      # Each line: how it is, which check, and what was found; below, what to do.
      $ keyward doctor --table    # exit 1
      ok       node             {version}
      warning  production       NODE_ENV is not production
                                set NODE_ENV=production and start Keyward again
      warning  secret           from the data directory, beside the database
                                move it elsewhere and name it in KEYWARD_SECRET_FILE: who copies the directory has both
      ok       previous-secret  one secret
      problem  base-url         it is not set
                                set KEYWARD_BASE_URL to the URL that people use: links and cookies are made from it
      ⋮
      ! keyward: 2 problems found

      # A backup is remembered.
      $ keyward backup keyward.db --quiet > backup.json

      # For scripts, with fields or whole.
      $ keyward doctor --json data | grep -A3 '"check": "backup"'    # exit 0
            "check": "backup",
            "title": "The last backup is younger than two days",
            "level": "ok",
            "found": "made {time}",
      ! keyward: 1 problem found
      `,
      { cwd },
    );
  });

  test("it looks into the database, where that is on this machine", async () => {
    const { out } = await run("keyward doctor --table", { cwd });
    expect(out).toMatch(/^ok +integrity +no fault$/m);
    const elsewhere = await run(`keyward doctor --table --url ${server.url}`, { cwd, env: { KEYWARD_TOKEN: server.operatorToken } });
    expect(elsewhere.out).toMatch(/^ok +integrity/m);
  });

  test("it sees what changes while the server runs", async () => {
    chmodSync(server.directory, 0o755);
    await call(`${server.url}/keyward/v1/organizations`, {
      headers: { authorization: `Bearer ${server.operatorToken}`, "x-forwarded-for": "203.0.113.7" },
    });
    const { out } = await run("keyward doctor --table", { cwd });
    chmodSync(server.directory, 0o700);
    expect(out).toMatch(/^warning +data-directory +\S+ has mode 0755$/m);
    expect(out).toMatch(/^problem +proxies +X-Forwarded-For came from 127\.0\.0\.1, which is not trusted$/m);
  });

  test("only the operator is told", async () => {
    const { status } = await call(`${server.url}/keyward/v1/diagnosis`);
    expect(status).toBe(401);
    const token = await server.newServiceToken();
    const refused = await call(`${server.url}/keyward/v1/diagnosis`, { headers: { authorization: `Bearer ${token}` } });
    expect(refused.status).toBe(403);
  });

  test("without a server it says so", async () => {
    const { exit, err } = await run("keyward doctor --data nowhere", { cwd });
    expect(exit).toBe(1);
    expect(err).toContain("no server runs on the data directory nowhere");
  });
});

test("on PostgreSQL it asks the database, its clock and the other nodes, and knows nothing of backups", async () => {
  const server = await startServer({ env: await settingsOfTest() });
  const { json: diagnosis } = await server.operator("GET", "/keyward/v1/diagnosis");
  const levels = Object.fromEntries(diagnosis.data.map(({ check, level }: { check: string; level: string }) => [check, level]));
  expect(levels).toMatchObject({ postgresql: "ok", connections: "ok", lease: "ok", clock: "ok", migrations: "ok" });
  expect(levels).not.toHaveProperty("backup");
  const ofEmbedded = ["data-directory", "backup"];
  expect(Object.keys(levels)).toEqual(CHECKS.map(({ name }) => name).filter((name) => !ofEmbedded.includes(name)));
  // As a copy to PostgreSQL leaves it.
  writeFileSync(join(server.directory, "keyward.db"), "no database any more");
  const { out } = await run(`keyward doctor --table --data ${server.directory}`);
  expect(out).toMatch(/^ok +postgresql/m);
  expect(out).not.toContain("integrity");
});

test("behind a proxy that is named, in production, as the guide sets it up, there is no problem but the backup", async () => {
  const env = {
    NODE_ENV: "production",
    KEYWARD_SECRET: "Zr8wqkP2mX5vB7nL3cJ9hT4dF6gS1aYu",
    KEYWARD_BASE_URL: "https://keys.example.com",
    KEYWARD_TRUSTED_PROXIES: "127.0.0.1",
    KEYWARD_PASSWORD_SIGN_IN: "invited",
  };
  const server = await startServer({ env });
  chmodSync(server.directory, 0o700);
  const { json: diagnosis } = await server.operator("GET", "/keyward/v1/diagnosis");
  const bad = diagnosis.data.filter(({ level, check }: { level: string; check: string }) => level !== "ok" && check !== "disk");
  expect(bad.map(({ check }: { check: string }) => check)).toEqual(["backup"]);
});
