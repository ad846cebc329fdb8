/** The audit log of an organization: who did what, to its members alone, in pages and as a table. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { inProcess } from "../http/in-process.ts";
import { joinAs } from "../support/join.ts";
import { Browser, type PeopleServer, peopleServer } from "../support/people.ts";
import { secret } from "../support/root.ts";
import { call } from "../support/server.ts";

const pathOf = (organizationId: string) => `/keyward/v1/organizations/${organizationId}`;

/** Ada's organization, in which she, a member and the operator have each done something. */
async function scene(server: PeopleServer) {
  const ada = await server.signUp("ada@example.com", "Ada");
  const organizationId = await ada.organizationId();
  const bob = await joinAs(server, ada, organizationId, "member", "bob@example.com");
  const made = (await bob.send("POST", `${pathOf(organizationId)}/keys`, { name: '=cmd|"/c calc"!A1' })).json;
  secret(made.key);
  await ada.send("PATCH", `${pathOf(organizationId)}/keys/${made.id}`, { enabled: false });
  await server.operator("PATCH", pathOf(organizationId), { plan: "pro" });
  return {
    ada,
    bob,
    organizationId,
    keyId: made.id as string,
    idOf: async (browser: Browser) => (await browser.session()).user.id as string,
  };
}

test("says who did what, newest first, with the names of present members and of nobody else", async () => {
  const server = await peopleServer();
  const { ada, bob, organizationId, keyId, idOf } = await scene(server);
  const [adaId, bobId] = [await idOf(ada), await idOf(bob)];
  const { status, json } = await ada.send("GET", `${pathOf(organizationId)}/audit`);
  expect([status, json.nextCursor]).toEqual([200, null]);
  const asAda = { kind: "user", id: adaId, name: "Ada" };
  const asBob = { kind: "user", id: bobId, name: "member" };
  expect(json.data.map(({ actor, action, subjectId }: Record<string, unknown>) => ({ actor, action, subjectId }))).toEqual([
    { actor: { kind: "operator", id: "operator", name: null }, action: "organization.updated", subjectId: organizationId },
    { actor: asAda, action: "key.updated", subjectId: keyId },
    { actor: asBob, action: "key.created", subjectId: keyId },
    { actor: asBob, action: "member.joined", subjectId: bobId },
    { actor: asAda, action: "invitation.created", subjectId: expect.stringMatching(/^inv_/) },
    { actor: asAda, action: "organization.created", subjectId: organizationId },
  ]);
  expect(json.data[1]).toEqual({
    id: expect.stringMatching(/^evt_/),
    at: expect.stringMatching(/^\d{4}-.*Z$/),
    requestId: expect.stringMatching(/^req_[0-9a-f]{24}$/),
    actor: asAda,
    action: "key.updated",
    subjectId: keyId,
    details: { enabled: false },
  });
  await ada.send("DELETE", `${pathOf(organizationId)}/members/${bobId}`);
  const after = (await ada.send("GET", `${pathOf(organizationId)}/audit?actor=${bobId}`)).json.data;
  expect(after.map(({ actor }: { actor: unknown }) => actor)).toEqual(Array(2).fill({ ...asBob, name: null }));
});

test("is read by action, actor, subject and time, page by page", async () => {
  const server = await peopleServer();
  const { ada, organizationId, keyId, idOf } = await scene(server);
  const path = `${pathOf(organizationId)}/audit`;
  const actions = async (query: string) =>
    (await ada.send("GET", `${path}?${query}`)).json.data.map(({ action }: { action: string }) => action);
  expect(await actions("action=key.created")).toEqual(["key.created"]);
  expect(await actions(`subject=${keyId}`)).toEqual(["key.updated", "key.created"]);
  expect(await actions("actor=operator")).toEqual(["organization.updated"]);
  expect(await actions(`actor=${await idOf(ada)}&subject=${keyId}`)).toEqual(["key.updated"]);
  const [{ at }] = (await ada.send("GET", `${path}?action=key.created`)).json.data;
  expect(await actions(`from=${at}&subject=${keyId}`)).toEqual(["key.updated", "key.created"]);
  expect(await actions(`to=${at}&subject=${keyId}`)).toEqual([]);
  const all = await actions("limit=100");
  const paged: string[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const { json } = await ada.send("GET", `${path}?limit=4${cursor && `&cursor=${cursor}`}`);
    paged.push(...json.data.map(({ action }: { action: string }) => action));
    cursor = json.nextCursor;
  }
  expect(paged).toEqual(all);
});

test("as a table is the same, as an attachment, and nothing in it is a formula", async () => {
  const server = await peopleServer();
  const { ada, organizationId, keyId } = await scene(server);
  await ada.send("PATCH", `${pathOf(organizationId)}/members/${(await ada.session()).user.id}`, { role: "owner" });
  const { status, headers, text } = await ada.send("GET", `${pathOf(organizationId)}/audit.csv?subject=${keyId}`);
  expect(status).toBe(200);
  expect(headers.get("content-type")).toBe("text/csv; charset=utf-8");
  expect(headers.get("content-disposition")).toBe('attachment; filename="audit-log.csv"');
  expect([headers.get("cache-control"), headers.get("x-content-type-options")]).toEqual(["no-store", "nosniff"]);
  const lines = text.split("\r\n");
  expect(lines[0]).toBe("id,at,actorKind,actorId,actorName,action,subjectId,details,requestId");
  expect(lines[1]).toMatch(new RegExp(`^evt_\\w+,[^,]+Z,user,[^,]+,Ada,key.updated,${keyId},"{""enabled"":false}",req_[0-9a-f]{24}$`));
  expect(lines[2]).toContain('"{""name"":""=cmd|\\""/c calc\\""!A1"",""environment"":""live""}"');
  expect(lines.slice(3)).toEqual([""]);
  const evil = await server.signUp("evil@example.com", "=HYPERLINK(1)");
  expect((await evil.send("GET", `${pathOf(await evil.organizationId())}/audit.csv`)).text).toContain(
    ",'=HYPERLINK(1),organization.created,",
  );
});

/** Where a table goes on, as a reference to be resolved against its own address. */
const nextOf = ({ headers }: { headers: Headers }) => /^<(\?[^>]+)>; rel="next"$/.exec(headers.get("link") ?? "")?.[1];

/** Changes of an organization's name to n1, n2 and so on, all at once: through the store each would be a durable transaction. */
function renameOften(directory: string, organizationId: string, count: number): void {
  using database = new DatabaseSync(join(directory, "keyward.db"));
  const insert = database.prepare(
    "insert into audit (id, at, actor, action, organization_id, subject_id, details) values (?, ?, 'operator', 'organization.updated', ?, ?, ?)",
  );
  database.exec("begin");
  for (let at = 1; at <= count; at++)
    insert.run(`evt_${String(at).padStart(26, "0")}`, at, organizationId, organizationId, JSON.stringify({ name: `n${at}` }));
  database.exec("commit");
}

test("a table has the newest 10,000 rows at most, and leads to the others", async () => {
  const { directory, request, newOrganization } = await inProcess();
  const id = await newOrganization();
  renameOften(directory, id, 10_050);
  const linesOf = ({ text }: { text: string }) => text.trimEnd().split("\r\n");
  const newest = await request("GET", `${pathOf(id)}/audit.csv?action=organization.updated`);
  const lines = linesOf(newest);
  expect(lines).toHaveLength(10_001);
  expect([lines[1], lines[10_000]]).toEqual([expect.stringContaining("n10050"), expect.stringContaining("n51")]);
  const others = await request("GET", `${pathOf(id)}/audit.csv${nextOf(newest)}`);
  expect(linesOf(others)).toEqual([lines[0], ...Array.from({ length: 50 }, (_, at) => expect.stringContaining(`""n${50 - at}""`))]);
  expect(nextOf(others)).toBeUndefined();
  const exactly = await request("GET", `${pathOf(id)}/audit.csv?action=organization.updated&from=1970-01-01T00:00:00.051Z`);
  expect([linesOf(exactly).length, nextOf(exactly)]).toEqual([10_001, undefined]);
});

test("a table of very long details has fewer rows, the newest, and leads to the others", async () => {
  const { store, request, newOrganization } = await inProcess();
  const id = await newOrganization();
  const name = "n".repeat(1024 * 1024);
  for (let at = 1; at <= 20; at++)
    await store.updateOrganization(id, { name: `${at}${name}` }, { auditId: `evt_${String(at).padStart(26, "0")}`, actor: "operator", at });
  const path = `${pathOf(id)}/audit.csv?action=organization.updated`;
  const idsOf = ({ text }: { text: string }) =>
    text
      .trimEnd()
      .split("\r\n")
      .slice(1)
      .map((line) => Number(line.slice(4, 30)));
  const newest = await request("GET", path);
  expect(idsOf(newest)).toEqual(Array.from({ length: 15 }, (_, at) => 20 - at));
  const others = await request("GET", `${pathOf(id)}/audit.csv${nextOf(newest)}`);
  expect([idsOf(others), nextOf(others)]).toEqual([[5, 4, 3, 2, 1], undefined]);
});

test("an invalid page, time or filter is refused", async () => {
  const server = await peopleServer();
  const path = pathOf(await server.newOrganization());
  for (const [query, field] of [
    ["limit=0", "limit"],
    ["limit=101", "limit"],
    ["limit=x", "limit"],
    ["cursor=x", "cursor"],
    ["from=yesterday", "from"],
    ["to=2026-02-30T00:00:00Z", "to"],
    [`action=${"a".repeat(129)}`, "action"],
  ]) {
    const { status, json } = await server.operator("GET", `${path}/audit?${query}`);
    expect([query, status, json.errors?.[0].field]).toEqual([query, 400, field]);
  }
  for (const query of ["from=x", "cursor=x", "cursor="])
    expect((await server.operator("GET", `${path}/audit.csv?${query}`)).status).toBe(400);
});

test("is for those who belong to the organization, and as a table not for viewers; to all others there is none", async () => {
  const server = await peopleServer();
  const { ada, organizationId } = await scene(server);
  const viewer = await joinAs(server, ada, organizationId, "viewer", "v@example.com");
  const member = await joinAs(server, ada, organizationId, "member", "m@example.com");
  const eve = await server.signUp("eve@example.com");
  for (const path of ["audit", "audit.csv"].map((name) => `${pathOf(organizationId)}/${name}`)) {
    const isTable = path.endsWith(".csv");
    expect((await viewer.send("GET", path)).status).toBe(isTable ? 403 : 200);
    expect((await member.send("GET", path)).status).toBe(200);
    expect((await new Browser(server.url).send("GET", path)).status).toBe(401);
    const [theirs, none] = [
      await eve.send("GET", path),
      await eve.send("GET", path.replace(organizationId, "org_00000000000000000000000000")),
    ];
    expect([theirs.status, theirs.text]).toEqual([404, none.text]);
    const token = await eve.token(await eve.organizationId());
    expect((await call(server.url + path, { headers: { authorization: `Bearer ${token}` } })).status).toBe(404);
  }
});
