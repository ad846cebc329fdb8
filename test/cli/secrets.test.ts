/** `keyward secrets status`, and a replacement of the master secret from the first start to the last. */
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT, secret, traceDirectory } from "../support/root.ts";
import { call, startServer } from "../support/server.ts";
import { json, run, script } from "./script.ts";

const [OLD, NEW] = ["old", "new"].map((name) => secret(`${name}-secret-`.repeat(4)));

test("a master secret is replaced: keys move as they are used, and the status says when the old one may be dropped", async () => {
  const cwd = traceDirectory("cli");
  const directory = join(cwd, "data");
  mkdirSync(directory);
  // Not among the traces, in which no secret may be.
  const old = join(mkdtempSync(join(ROOT, "secret-")), "old");
  writeFileSync(old, `${OLD}\n`);
  const env = { KEYWARD_SECRET: NEW as string, KEYWARD_SECRET_PREVIOUS_FILE: old };

  const first = await startServer({ directory, env: { KEYWARD_SECRET: OLD as string } });
  const organization = await first.newOrganization();
  const { id, key } = await first.newKey(organization, { name: "backend" });
  await script(
    `
    # One secret is all that most servers ever have.
    $ KEYWARD_OUTPUT=table keyward secrets status
    One master secret is in use. To replace it, start with the new one and the old one as KEYWARD_SECRET_PREVIOUS.
    `,
    { cwd },
  );
  await first.stop();

  const second = await startServer({ directory, env });
  await script(
    `
    # Started with both secrets, Keyward counts and names what still needs the old one.
    $ KEYWARD_OUTPUT=table keyward secrets status
    KEYWARD_SECRET_PREVIOUS is still needed by 1 key. A key moves when it is used.
    ID                              ORGANIZATION                    LAST USED  NAME
    {key}  {organization}  -          backend
    `,
    { cwd, words: { key: id, organization } },
  );
  expect((await call(`${second.url}/keyward/v1/whoami`, { headers: { "x-api-key": key } })).status).toBe(200);
  expect(await json("keyward secrets status", cwd)).toMatchObject({ hasPrevious: true, mayDropPrevious: true, onPrevious: { keys: 0 } });
  await script(
    `
    $ KEYWARD_OUTPUT=table keyward secrets status
    KEYWARD_SECRET_PREVIOUS may be dropped: nothing needs it any more. People who signed in before the change sign in again.
    `,
    { cwd },
  );
  await second.stop();

  const third = await startServer({ directory, env: { KEYWARD_SECRET: NEW as string } });
  expect((await call(`${third.url}/keyward/v1/whoami`, { headers: { "x-api-key": key } })).status).toBe(200);
});

test("dropped too early, the old secret is missed in the log and in the status", async () => {
  const cwd = traceDirectory("cli");
  const directory = join(cwd, "data");
  mkdirSync(directory);
  const first = await startServer({ directory, env: { KEYWARD_SECRET: OLD as string } });
  const organization = await first.newOrganization();
  await first.newKey(organization);
  await first.stop();
  const second = await startServer({ directory, env: { KEYWARD_SECRET: NEW as string, KEYWARD_SECRET_PREVIOUS: OLD as string } });
  await second.stop();
  await startServer({ directory, env: { KEYWARD_SECRET: NEW as string } });
  const { out } = await run("KEYWARD_OUTPUT=table keyward secrets status", { cwd });
  expect(out).toMatch(/^Refused, because their secret is not given: 1 key\. Give it as KEYWARD_SECRET_PREVIOUS/m);
  expect((await run(`grep -c "made under a master secret that is not given" data/server.log`, { cwd })).out).toBe("1\n");
});
