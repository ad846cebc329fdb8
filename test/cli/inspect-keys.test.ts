/** `keyward keys limits`, `test`, `show` and `claim`. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import { secret, traceDirectory } from "../support/root.ts";
import { startServer } from "../support/server.ts";
import { script, serverHere } from "./script.ts";

const { server, cwd } = serverHere();

test("the limits of a key, with what is left of them, and the verdict that a request would get", async () => {
  const acme = await server.newOrganization({ plan: "free" });
  const { id, key } = await server.newKey(acme, { scopes: ["agents:read"], limits: { requestsPerMinute: 5 } });
  const other = await server.newKey(acme);
  await server.operator("POST", "/keyward/v1/verify", { key });
  await script(
    `
    $ keyward keys limits {id} --table
    LIMIT       OF     REMAINING  RESETS IN (S)  FROM
    minute      5      4          …  key
    day         10000  9999       …  plan
    concurrent  5      5          …  plan
    $ keyward keys limits {id} --json name,remaining | head -5
    {
      "data": [
        {
          "name": "minute",
          "remaining": 4
    # A test counts as no request.
    $ printf %s {key} | keyward keys test {id} - --scopes agents:read --json code,isThisKey
    {
      "code": "valid",
      "isThisKey": true
    }
    $ printf %s {key} | keyward keys test {id} - --scopes agents:write --table     # exit 10
    valid       false
    code        insufficient_scope
    refusedFor  insufficient_scope
    isThisKey   true
    ⋮
    $ printf %s {other} | keyward keys test {id} - --json isThisKey
    {
      "isThisKey": false
    }
    $ keyward keys test {id} {key}                                                 # exit 2
    ! keyward: the key is read from standard input, because …
    ! …
    $ keyward keys limits {id} --json remaining | grep -c 4
    1
    # Keys of this platform are not kept.
    $ keyward keys show {id}                                                       # exit 3
    ! …
    ! …
  `,
    { cwd, words: { id, key, other: other.key } },
  );
});

test("on a platform that keeps keys encrypted a key is shown again, and an unclaimed one is claimed", async () => {
  const here = traceDirectory("cli");
  mkdirSync(join(here, "data"));
  const agentpay = await startServer({ platform: "agentpay", directory: join(here, "data") });
  const acme = await agentpay.newOrganization();
  const made = await (
    await fetch(`${agentpay.url}/api-keys`, { method: "POST", headers: { "content-type": "application/json" }, body: '{"label":"x"}' })
  ).text();
  const unclaimed = secret(/pk_\w+/.exec(made)?.[0]);
  await script(
    `
    $ printf %s {unclaimed} | keyward keys claim - --org {acme} --json id,organizationId
    {
      "id": "{id}",
      "organizationId": "{acme}"
    }
    $ keyward keys show {id} --secret-only
    {unclaimed}
    $ keyward audit --org {acme} --action key.shown --json subjectId
    {
      "data": [
        {
          "subjectId": "{id}"
        }
      ],
      "nextCursor": null
    }
    $ printf %s {unclaimed} | keyward keys claim - --org {acme}                    # exit 1
    ! …
    ! …
  `,
    { cwd: here, words: { acme, unclaimed: unclaimed ?? "" } },
  );
});
