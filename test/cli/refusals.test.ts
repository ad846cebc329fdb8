/** `keyward explain`, `keyward refusals` and `keyward keys refusals`. */
import { expect, test } from "vitest";
import { call } from "../support/server.ts";
import { run, script, serverHere } from "./script.ts";

const { server, cwd } = serverHere();

test("a refused request is found by its key and by its id, and explained", async () => {
  const acme = await server.newOrganization();
  const { id: key, key: presented } = await server.newKey(acme, { scopes: ["agents:read"] });
  const verify = () => server.operator("POST", "/keyward/v1/verify", { key: presented, scopes: ["payments:write"] });
  const { requestId: scope } = await verify();
  await server.operator("DELETE", `/keyward/v1/organizations/${acme}/keys/${key}`);
  const { requestId: revoked } = await call(`${server.url}/keyward/v1/whoami`, { headers: { "x-api-key": presented } });
  await script(
    `
    # Why does this key not work?
    $ keyward keys refusals {key} --table
    AT                        REASON              REQUEST                 FROM       REQUEST ID                    MORE
    {later}  revoked             GET /keyward/v1/whoami  127.0.0.1  {revoked}  0
    {first}  insufficient_scope  verify                  -          {scope}  0
    # Somebody reports the id of a request.
    $ keyward explain {revoked} --table
    {later}: GET /keyward/v1/whoami (whoami) from 127.0.0.1, with the key {key}
    The key was revoked, which is final.
    Create a new key and give it to the caller; the audit log says who revoked this one.
    $ keyward explain {scope} --table
    {first}: a request judged by verify, with the key {key}
    The key lacks the scope payments:write.
    Give the key this scope, or use another key, if the caller may do this.
    # All of an organization, and, for the operator, those that belong to none.
    $ keyward refusals --org {acme} --json requestId,reason
    {
      "data": [
        {
          "requestId": "{revoked}",
          "reason": "revoked"
        },
        {
          "requestId": "{scope}",
          "reason": "insufficient_scope"
        }
      ],
      "nextCursor": null
    }
    $ keyward refusals --table
    AT  REASON  REQUEST  FROM  REQUEST ID  MORE
    # An admitted request was not refused, and neither was one that nobody sent.
    $ keyward explain req_000000000000000000000000 # exit 3
    ! keyward: No refused request of the last day has this id.
    ! …
    $ keyward keys refusals key_01m7x4yn56vfnkq4925gf9a45e # exit 3
    ! keyward: There is no such key.
    ! …
  `,
    { cwd, words: { key, acme, scope: scope ?? "", revoked: revoked ?? "" } },
  );
});

test("what a stranger wrote into a path does nothing to a terminal", async () => {
  await call(`${server.url}/keyward/v1/whoami?x=%1b[31m`, { headers: { "x-api-key": "nonsense\u009b31m" } });
  const { out } = await run("keyward refusals --table", { cwd });
  expect(out).toContain("malformed");
  const controls = [...out].filter((letter) => letter !== "\n" && (letter < " " || (letter >= "\u007f" && letter <= "\u009f")));
  expect(controls).toEqual([]);
});
