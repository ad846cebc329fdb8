/** `keyward usage`. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startServer, type TestServer } from "../support/server.ts";
import { startProcess } from "../support/server-process.ts";
import { json, run, script, serverHere } from "./script.ts";

const { server, cwd } = serverHere();

test("requests are added up by interval and outcome, of an organization, of its keys and of all organizations", async () => {
  const acme = await server.newOrganization({ name: "Acme" });
  const limited = await server.newKey(acme, { name: "limited", limits: { requestsPerMinute: 2 } });
  const other = await server.newKey(acme, { name: "other" });
  const beta = await server.newOrganization({ name: "Beta" });
  const foreign = await server.newKey(beta);
  for (const key of [limited.key, limited.key, limited.key, other.key, foreign.key])
    await server.operator("POST", "/keyward/v1/verify", { key });
  await script(
    `
    $ keyward usage --org {acme} --table
    FROM                      RATE_LIMITED  VALID
    {today}  1             3
    total                     1             3
    $ keyward usage --org {acme} --per-key --table
    FROM                      KEY                             RATE_LIMITED  VALID  NAME
    {today}  {limited}  1             2      limited
    {today}  {other}  0             1      other
    total                     -                               1             3      -
    $ keyward usage --org {acme} --key {other} --by total --json totals
    {
      "totals": {
        "valid": 1
      }
    }
    # Without --org: a line for each organization, for the operator.
    $ keyward usage --by month --table
    FROM                      ORGANIZATION                    RATE_LIMITED  VALID  NAME
    {month}  {acme}  1             3      Acme
    {month}  {beta}  0             1      Beta
    total                     -                               1             4      -
    $ keyward usage --org {acme} --outcome valid --by total --from 2d --csv | tr -d '\\r'
    at,keyId,keyName,outcome,count
    …,,,valid,3
    $ keyward usage --by total --csv | tr -d '\\r' | grep Beta
    {month},{beta},Beta,valid,1
    # What was counted so long ago has been deleted, and it says so.
    $ keyward usage --org {acme} --from 2020-01 --by total --json totals
    {
      "totals": {
        "rate_limited": 1,
        "valid": 3
      }
    }
    ! keyward: counts before … have been deleted: this is not all since 2020-01-01T00:00:00.000Z
    $ keyward usage --key {other}                                  # exit 2
    ! keyward: --key and --per-key need --org
    ! keyward: see \`keyward usage --help\`
    $ keyward usage --org {acme} --by week                         # exit 2
    ! keyward: option '--by <INTERVAL>' argument 'week' is invalid. Allowed choices are hour, day, month, total.
    ! …
    # A range that ends before it begins has nothing in it.
    $ keyward usage --org {acme} --from 2026-02 --to 2026-01 --json data
    {
      "data": []
    }
  `,
    { cwd, words: { acme, beta, limited: limited.id, other: other.id } },
  );
});

test("each request is counted once, over a stop, a start and an end by force; what that may have lost is told", async () => {
  const first = await startServer();
  const organization = await first.newOrganization();
  const { key } = await first.newKey(organization);
  const verify = async (at: TestServer, count: number) => {
    for (let done = 0; done < count; done++) await at.operator("POST", "/keyward/v1/verify", { key });
  };
  const counted = async () => (await json(`keyward usage --org ${organization} --by total --data ${first.directory}`, cwd)).totals;
  const said = () => /did not end by itself/.test(readFileSync(join(first.directory, "server.log"), "utf8"));
  await verify(first, 7);
  await first.stop();
  const second = await startProcess({ directory: first.directory });
  expect(await counted()).toEqual({ valid: 7 });
  expect(said()).toBe(false);
  await verify(second, 5);
  // Reading it has written it: the end by force can lose nothing of these.
  expect(await counted()).toEqual({ valid: 12 });
  await second.kill("SIGKILL");
  await startServer({ directory: first.directory });
  expect(await counted()).toEqual({ valid: 12 });
  expect(said()).toBe(true);
  expect((await run(`keyward usage --org ${organization} --data ${first.directory} --json data`, { cwd })).exit).toBe(0);
});
