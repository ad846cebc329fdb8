/** `keyward audit`. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { cleanEnvironment, json, run, script, serverHere } from "./script.ts";

const { server, cwd } = serverHere();

test("the audit log is shown, filtered, and exported", async () => {
  await script(
    `
    $ keyward orgs create Acme
    id         {acme}
    ⋮
    $ keyward keys create --org {acme} --name backend --json id
    {
      "id": "{key}"
    }
    $ keyward keys disable {key} --json id
    {
      "id": "{key}"
    }
    $ keyward audit --org {acme} --table
    AT                        ACTION                SUBJECT                         BY        DETAILS
    {last}  key.updated           {key}  operator  enabled=false
    {made}  key.created           {key}  operator  name=backend environment=live
    {first}  organization.created  {acme}  operator  name=Acme plan=unlimited overrides=-
    $ keyward audit --org {acme} --action key.created --json action,subjectId
    {
      "data": [
        {
          "action": "key.created",
          "subjectId": "{key}"
        }
      ],
      "nextCursor": null
    }
    # From a moment on, and before one.
    $ keyward audit --org {acme} --subject {key} --from {last} --table
    AT                        ACTION       SUBJECT                         BY        DETAILS
    {last}  key.updated  {key}  operator  enabled=false
    $ keyward audit --org {acme} --to {first} --table
    AT  ACTION  SUBJECT  BY  DETAILS
    $ keyward audit --org {acme} --from 1h --actor operator --csv | tr -d '\\r'
    id,at,actorKind,actorId,actorName,action,subjectId,details,requestId
    …,{last},operator,operator,,key.updated,{key},"{""enabled"":false}",{request}
    ⋮
    $ keyward audit --org {acme} --from yesterday               # exit 2
    ! keyward: option '--from <T>' argument 'yesterday' is invalid. It must be 2027-01, 2027-01-31, 2027-01-31T12:00:00Z, or 7d for seven days ago.
    ! keyward: see \`keyward audit --help\`
    $ keyward audit --org {acme} --json at,actoin                # exit 2
    ! keyward: --json: there is no field "actoin". Did you mean action?
    ! keyward: the fields are id, at, actor, action, subjectId, details, requestId
  `,
    { cwd },
  );
});

test("--all follows every page", async () => {
  const acme = await server.newOrganization();
  for (let count = 0; count < 101; count++) await server.operator("PATCH", `/keyward/v1/organizations/${acme}`, { name: `Acme ${count}` });
  const page = await run(`keyward audit --org ${acme} --json id`, { cwd });
  expect([JSON.parse(page.out).data.length, page.err]).toEqual([50, "keyward: there are more; --all shows them\n"]);
  expect((await run(`keyward audit --org ${acme} --json id --quiet`, { cwd })).err).toBe("");
  expect((await json(`keyward audit --org ${acme} --all`, cwd)).data).toHaveLength(102);
});

test("--follow shows what is there and then what comes, each entry once, one JSON document a line", async () => {
  const acme = await server.newOrganization();
  const { id } = await server.newKey(acme);
  const child = spawn("keyward", ["audit", "--org", acme, "--follow"], {
    cwd,
    env: cleanEnvironment(),
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill());
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async () => JSON.parse((await lines.next()).value ?? "null");
  expect([(await next()).action, (await next()).action]).toEqual(["organization.created", "key.created"]);
  for (const enabled of [false, true]) {
    await server.operator("PATCH", `/keyward/v1/organizations/${acme}/keys/${id}`, { enabled });
    expect(await next()).toMatchObject({ action: "key.updated", subjectId: id, details: { enabled } });
  }
});
