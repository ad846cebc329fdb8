/**
 * AgentPay's documentation page, word for word: its example request is taken from the page. The rows AP1 to AP12 are numbered as in
 * docs/systems/agentpay.md. Rows that speak of screens are tested in the management API that the screens stand on.
 */

import { randomBytes } from "node:crypto";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { addressGroup, clientAddress } from "../../admission/client-address.ts";
import { proxyList } from "../../admission/trusted-proxies.ts";
import { generateCredential } from "../../engine/credential-form.ts";
import { agentpay } from "../../platforms/index.ts";
import { digestAndSeal, newApiKey } from "../../service/issuing.ts";
import { inProcess } from "../http/in-process.ts";
import type { RawResponse } from "../http/raw-http.ts";
import { Upstream } from "../http/upstream.ts";
import { secret } from "../support/root.ts";
import { call, type Reply, startServer, suiteServer } from "../support/server.ts";
import { keyOf, must } from "../support/service.ts";
import { expectIdentical, raw, readPage, shapeOf } from "./page.ts";

const page = readPage("agentpay").text;
const [, EXAMPLE_PATH = "", EXAMPLE_BODY = "", CUSTOM_BODY = ""] =
  /^POST (\S+)\nContent-Type: application\/json\n\n(\{.*\})\n# Or with a custom key: (\{.*\})$/m.exec(page) ?? [];
const EXAMPLE_RESPONSE = JSON.parse(/^# Response 201\n(\{[\s\S]*?^\})$/m.exec(page)?.[1] ?? "null");
const ORGS = "/keyward/v1/organizations";
const WHOAMI = "/keyward/v1/whoami";
/** Version 7, variant 10 (RFC 9562). */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const upstream = new Upstream();
const server = suiteServer({ platform: "agentpay", env: { KEYWARD_TRUSTED_PROXIES: "127.0.0.1" } });
const behind = suiteServer(async () => ({ platform: "agentpay", args: ["--upstream", await upstream.start()] }));
afterAll(() => upstream.stop());

let mine: string;
let theirs: string;
beforeEach(async () => {
  upstream.reset();
  [mine, theirs] = [await server.newOrganization(), await server.newOrganization()];
});

/** The proxy says so: each creation comes from an address of its own unless the test counts. */
let addresses = 0;
const newAddress = () => `10.1.${++addresses >> 8}.${addresses & 255}`;
function post(body: string, address = newAddress(), type = "application/json"): Promise<Reply> {
  return call(server.url + EXAMPLE_PATH, { method: "POST", body, headers: { "content-type": type, "x-forwarded-for": address } });
}
async function make(body: unknown = {}, address?: string): Promise<{ id: string; label: string | null; key: string }> {
  const { status, json } = await post(JSON.stringify(body), address);
  expect(status).toBe(201);
  return { ...json, key: secret(json.key) };
}
const whoami = (key: string, url = server.url) => call(url + WHOAMI, { headers: { "x-api-key": key } });
const claim = (organization: string, key: unknown) => server.operator("POST", `${ORGS}/${organization}/keys/claim`, { key });
const listed = async (organization: string) => (await server.operator("GET", `${ORGS}/${organization}/keys`)).json.data as { id: string }[];
const show = (organization: string, id: string) => server.operator("POST", `${ORGS}/${organization}/keys/${id}/show`);

test("the page has a request, one with a custom key, and a response", () => {
  expect([EXAMPLE_PATH, JSON.parse(EXAMPLE_BODY), Object.keys(EXAMPLE_RESPONSE), CUSTOM_BODY]).toEqual([
    "/api-keys",
    { label: "my-agent" },
    ["id", "label", "key"],
    '{ "key": "pk_my_custom_value", "label": "..." }',
  ]);
});

describe("AP1", () => {
  test("AP1 the page's example, without any credential: 201 with id, label and key, and nothing else", async () => {
    const { status, json, headers } = await post(EXAMPLE_BODY);
    secret(json.key);
    expect([status, headers.get("content-type"), headers.get("cache-control")]).toEqual([201, "application/json", "no-store"]);
    expect(Object.keys(json)).toEqual(["id", "label", "key"]);
    expect([json.label, json.id, json.key]).toEqual(["my-agent", expect.stringMatching(UUID), expect.stringMatching(/^pk_/)]);
    expect((await whoami(json.key)).status).toBe(200);
  });

  test.each<[string, string[], string]>([
    ["no body and no type", [], ""],
    ["no body but a type", ["Content-Type: application/json"], ""],
    ["an empty object", ["Content-Type: application/json"], "{}"],
  ])("AP1 the label is optional, then null: %s", async (_sentence, headers, body) => {
    const { status, json } = await raw(server.url, "POST /api-keys", [...headers, `X-Forwarded-For: ${newAddress()}`], body);
    secret(json.key);
    expect([status, Object.keys(json), json.label]).toEqual([201, ["id", "label", "key"], null]);
  });

  test("AP1 every id is a UUID to a validator that is not ours, and later ones are larger", async () => {
    const ids: string[] = [];
    for (let turn = 0; turn < 40; turn++) ids.push((await make()).id);
    for (const id of ids) expect([id, z.uuidv7().safeParse(id).success]).toEqual([id, true]);
    expect(ids).toEqual([...new Set(ids)].sort());
  });

  test("AP1 a key whose id is from before version 7 goes on working: verification, lists, paging, changes, showing, rotation, revocation", async () => {
    const { secrets, store, clock, url, request, newOrganization, newKey } = await inProcess({ platform: agentpay });
    const [organization, old, asUlid] = [
      await newOrganization({ overrides: { keys: null } }),
      "01563e3a-b5d3-d676-4c61-efb99302bd5b",
      "01arz3ndektsv4rrffq69g5fav",
    ];
    const generated = generateCredential(agentpay.keyForm, "live", randomBytes);
    const key = secret(generated.presented);
    const issuing = { system: agentpay, secrets, newId: () => old };
    const record = newApiKey(issuing, organization, "live", { name: "old" }, generated, clock.now);
    await store.createKey(
      { key: record, ...digestAndSeal(issuing, generated, old), keysByPlan: {}, idempotency: undefined },
      { auditId: "evt_01arz3ndektsv4rrffq69g5fav", actor: "operator", at: clock.now },
    );
    const young = await newKey(organization);

    const keys = `${ORGS}/${organization}/keys`;
    const [newest, oldest] = [
      (await request("GET", `${keys}?limit=1`)).json,
      (await request("GET", `${keys}?limit=1&cursor=${young.id}`)).json,
    ];
    expect([newest.data[0].id, oldest.data.map(({ id }: { id: string }) => id)]).toEqual([young.id, [old]]);
    for (const spelling of [old, old.toUpperCase(), asUlid]) {
      expect((await whoami(key, url)).json.keyId).toBe(old);
      expect((await request("GET", `${keys}/${spelling}`)).json).toMatchObject({ id: old, name: "old" });
      expect((await request("GET", `/keyward/v1/keys/${spelling}`)).json.id).toBe(old);
      expect((await request("PATCH", `${keys}/${spelling}`, { enabled: false })).status).toBe(200);
      expect((await whoami(key, url)).status).toBe(401);
      expect((await request("PATCH", `${keys}/${spelling}`, { enabled: true })).json.id).toBe(old);
      expect((await request("POST", `${keys}/${spelling}/show`)).json).toEqual({ id: old, key });
    }
    const rotated = (await request("POST", `${keys}/${asUlid}/rotate`, { overlap: "1h" })).json;
    secret(rotated.key);
    expect([z.uuidv7().safeParse(rotated.id).success, rotated.predecessorId]).toEqual([true, old]);
    expect((await request("DELETE", `${keys}/${asUlid}`)).status).toBe(204);
    expect([(await whoami(key, url)).status, (await whoami(rotated.key, url)).status]).toEqual([401, 200]);
  });
});

describe("AP2", () => {
  test.each([[{}], [{ key: "" }], [{ key: "", label: "x" }]])("AP2 a key that is omitted or empty is generated: %j", async (body) => {
    const { key } = await make(body);
    // 22 characters of base62 are 131 bits; 6 more are the checksum.
    expect(key).toMatch(/^pk_[0-9A-Za-z]{28,}$/);
  });

  test("AP2 no two are alike, nor begin or end alike", async () => {
    const keys = await Promise.all(Array.from({ length: 40 }, async () => (await make()).key));
    for (const part of [(key: string) => key.slice(3, 15), (key: string) => key.slice(-12)]) expect(new Set(keys.map(part)).size).toBe(40);
  });
});

describe("AP3", () => {
  test("AP3 the page's custom value is the key itself, the second time one in use", async () => {
    const body = CUSTOM_BODY.replace('"..."', '"mine"');
    const { status, json } = await post(body);
    expect([status, json.key, json.label]).toEqual([201, "pk_my_custom_value", "mine"]);
    expect((await whoami("pk_my_custom_value")).json).toMatchObject({ keyId: json.id, organizationId: null });
    expect((await post(body)).status).toBe(400);
  });

  test.each<[string, string]>([
    ["16 characters", "kestrel-quay-714"],
    ["256 characters", `${"0123456789abcdef".repeat(15)}custom-and-long!`],
    ["every printable character", Array.from({ length: 94 }, (_, at) => String.fromCharCode(0x21 + ((at * 37) % 94))).join("")],
    ["the form of a generated key with a wrong checksum", `pk_${"7AbQz0Lm3KxV9Ed".repeat(3).slice(0, 42)}x`],
  ])("AP3 a key of one's own works: %s", async (_sentence, key) => {
    const made = await make({ key });
    expect([made.key, (await whoami(key)).json.keyId]).toEqual([key, made.id]);
    expect((await whoami(`${key.slice(0, -1)}~`)).status === 200, "its neighbour is another").toBe(key.endsWith("~"));
  });

  const REFUSED: [string, unknown][] = [
    ["15 characters", "abcdefghijklmno"],
    ["257 characters", `${"0123456789abcdef".repeat(16)}x`],
    ["a letter outside ASCII", "pk_my_custom_välue"],
    ["an emoji", "pk_my_custom_valu😀"],
    ["a lone surrogate", "pk_my_custom_valu\ud800"],
    ["a full-width letter", "pk_my_custom_valuｅ"],
    ["a space inside", "pk_my custom value"],
    ["a space before", " pk_my_custom_valu2"],
    ["a space after", "pk_my_custom_valu2 "],
    ["spaces alone", " ".repeat(20)],
    ["a no-break space", "pk_my_custom\u00a0value"],
    ["a tab", "pk_my_custom\tvalue"],
    ["a line feed at the end", "pk_my_custom_value2\n"],
    ["NUL", "pk_my_custom\u0000value"],
    ["DEL", "pk_my_custom\u007fvalue"],
    ["one character repeated", "a".repeat(40)],
    ["one sign repeated", "-".repeat(16)],
    ["a common password", "password12345678"],
    ["one behind the prefix", "pk_password12345678"],
    ["a sequence", "abcdefghijklmnop"],
    ["a row of the keyboard", "qwertyuiopasdfgh"],
    ["a repetition", "abcabcabcabcabcabc"],
    ["a number", 1234567890123456],
    ["an array", ["pk_my_custom_value2"]],
    ["null", null],
  ];
  test.each(REFUSED)("AP3 refused with a clear error, and nothing stored: %s", async (_sentence, key) => {
    const { status, json, text, headers } = await post(JSON.stringify({ key, label: "refused" }));
    expect([status, json.code, headers.get("content-type"), json.errors[0].field]).toEqual([
      400,
      "invalid_request",
      "application/problem+json",
      "key",
    ]);
    expect(json.detail).toMatch(/^key must be|^key is too easy|expected string/i);
    if (typeof key === "string") expect(text).not.toContain(key);
    if (typeof key === "string" && /^[\x21-\x7e]+$/.test(key)) expect((await whoami(key)).status).toBe(401);
    if (typeof key === "string" && key !== "") expect((await claim(mine, key)).json.code).toBe("not_claimable");
    expect(await listed(mine)).toEqual([]);
  });

  test("AP3 a value in use gets the response of one that is too weak, byte for byte: custom, generated, claimed and revoked ones", async () => {
    const [custom, generated, claimed, revoked] = [
      await make({ key: "pk_somebody-elses-secret-1" }),
      await make(),
      await make(),
      await make(),
    ];
    for (const { key } of [claimed, revoked]) expect((await claim(theirs, key)).status).toBe(200);
    await server.operator("DELETE", `${ORGS}/${theirs}/keys/${revoked.id}`);
    const send = (key: string) =>
      raw(server.url, "POST /api-keys", ["Content-Type: application/json", `X-Forwarded-For: ${newAddress()}`], JSON.stringify({ key }));
    const weak = shapeOf(await send("z".repeat(26)));
    expect([weak.status, JSON.parse(weak.text).code]).toEqual([400, "invalid_request"]);
    for (const { key } of [custom, generated, claimed, revoked]) expect(shapeOf(await send(key))).toEqual(weak);
    for (const { key, id } of [custom, generated, claimed]) expect((await whoami(key)).json.keyId).toBe(id);
  });

  test("AP3 of twenty that bring the same value at once, one gets it", async () => {
    const replies = await Promise.all(Array.from({ length: 20 }, () => post('{"key":"pk_wanted-by-everybody-77"}')));
    expect(replies.map(({ status }) => status).sort()).toEqual([201, ...Array(19).fill(400)]);
    expect(new Set(replies.filter(({ status }) => status === 400).map(({ text }) => text)).size).toBe(1);
  });
});

describe("AP4", () => {
  test.each<[string, () => string[]]>([
    ["nothing", () => []],
    ["a key that nobody has", () => ["X-Api-Key: pk_this-one-nobody-made"]],
    ["a generated one's alike", () => [`X-Api-Key: pk_${"A".repeat(43)}`]],
    ["a malformed one", () => ["X-Api-Key: short"]],
    ["one of a megabyte's kind", () => [`X-Api-Key: ${"ab".repeat(4_000)}`]],
    ["an empty one", () => ["X-Api-Key:"]],
    ["X_Api_Key", () => ["X_Api_Key: pk_my_custom_value"]],
    ["the operator's token", () => [`X-Api-Key: ${behind.operatorToken}`]],
  ])("AP4 every other endpoint needs the key in X-Api-Key: %s is 401 with WWW-Authenticate", async (_sentence, headers) => {
    for (const target of ["GET /wallets", "POST /payments", "GET /spend-history?x-api-key=pk_my_custom_value", `GET ${WHOAMI}`]) {
      const { status, header, json } = await raw(behind.url, target, headers());
      expect([target, status, header("www-authenticate"), header("content-type")]).toEqual([
        target,
        401,
        'ApiKey realm="AgentPay"',
        "application/problem+json",
      ]);
      expect(["missing_credential", "invalid_credential"]).toContain(json.code);
    }
    expect(upstream.received).toEqual([]);
  });

  test("AP4 with the key it passes, unclaimed too; the upstream is told who calls and never the key", async () => {
    const { json } = await call(`${behind.url}/api-keys`, { method: "POST" });
    secret(json.key);
    expect((await raw(behind.url, "GET /wallets", [`X-Api-Key: ${json.key}`, "X-Keyward-Organization-Id: org_mine"])).status).toBe(200);
    expect([
      upstream.only.values("x-api-key"),
      upstream.only.values("x-keyward-key-id"),
      upstream.only.values("x-keyward-organization-id"),
    ]).toEqual([[], [json.id], [""]]);
  });
});

describe("AP5", () => {
  test("AP5 the plaintext is in the response to the creation, and in no other but that to showing it", async () => {
    const generated = await make({ label: "first" });
    const custom = await make({ key: "pk_plaintext-nowhere-after-1", label: "second" });
    const responses: Reply[] = [];
    for (const { id, key } of [generated, custom]) {
      responses.push(
        await whoami(key),
        await claim(theirs, `${key}x`),
        await claim(mine, key),
        await claim(mine, key),
        await claim(theirs, key),
        await post(JSON.stringify({ key })),
      );
      responses.push(
        await server.operator("GET", `${ORGS}/${mine}/keys/${id}`),
        await server.operator("PATCH", `${ORGS}/${mine}/keys/${id}`, { name: "x" }),
        await server.operator("GET", `/keyward/v1/keys/${id}`),
      );
    }
    responses.push(await server.operator("GET", `${ORGS}/${mine}/keys`), await server.operator("GET", "/keyward/metrics"));
    for (const { text } of responses) for (const { key } of [generated, custom]) expect(text).not.toContain(key.slice(-20));
    const record = (await server.operator("GET", `${ORGS}/${mine}/keys/${custom.id}`)).json;
    expect(record.prefix, "no more than seven characters of it").toBe(`${custom.key.slice(0, 3)}…${custom.key.slice(-4)}`);
  });
});

describe("AP6", () => {
  test("AP6 in the management API behind the sign-in: an organization and its first key, made once however often it is asked", async () => {
    const path = `${ORGS}/${mine}/keys`;
    const first = await server.operator("POST", path, { name: "default" }, { "idempotency-key": "first-key" });
    secret(first.json.key);
    const again = await server.operator("POST", path, { name: "default" }, { "idempotency-key": "first-key" });
    expect([first.status, again.status, again.json.id, again.json.key]).toEqual([201, 201, first.json.id, undefined]);
    expect((await listed(mine)).map(({ id }) => id)).toEqual([first.json.id]);
    expect((await whoami(first.json.key)).json).toMatchObject({ organizationId: mine });
  });
});

describe("AP7", () => {
  test("AP7 a key is shown again to its organization, one at a time, on request: generated, custom and claimed ones", async () => {
    const own = await server.newKey(mine);
    const [generated, custom] = [await make(), await make({ key: "pk_shown-again-to-its-owner" })];
    for (const { key } of [generated, custom]) await claim(mine, key);
    for (const { id, key } of [own, generated, custom]) {
      const { status, json, headers } = await show(mine, id);
      expect([status, json, headers.get("cache-control")]).toEqual([200, { id, key }, "no-store"]);
    }
  });

  test("AP7 another organization's, an unclaimed and an unknown key are not shown: the same response, byte for byte", async () => {
    const [foreign, unclaimed] = [await server.newKey(theirs), await make()];
    const { token } = (await server.operator("POST", `${ORGS}/${mine}/tokens`, {})).json;
    const responses: RawResponse[] = [];
    for (const id of [foreign.id, unclaimed.id, "01930000-0000-7000-8000-000000000000", "nonsense"]) {
      responses.push(await raw(server.url, `POST ${ORGS}/${mine}/keys/${id}/show`, [`Authorization: Bearer ${token}`]));
    }
    expectIdentical(responses, 404);
    expect((await raw(server.url, `POST ${ORGS}/${theirs}/keys/${foreign.id}/show`, [`Authorization: Bearer ${token}`])).status).toBe(404);
    expect((await raw(server.url, `POST ${ORGS}/${mine}/keys/${foreign.id}/show`, [])).status).toBe(401);
  });

  test("AP7 each showing is in the audit log with who asked, and a refused one is not", async () => {
    const { service, store, newOrganization, request } = await inProcess({ platform: agentpay });
    const [organization, other] = [await newOrganization(), await newOrganization()];
    const issued = must(await service.keys.create(organization, {}, "operator"));
    const { id } = issued.apiKey;
    const { token } = (await request("POST", `${ORGS}/${organization}/tokens`, {})).json;
    for (let turn = 0; turn < 3; turn++)
      expect((await request("POST", `${ORGS}/${organization}/keys/${id}/show`, undefined, token)).json.key).toBe(keyOf(issued));
    expect((await request("POST", `${ORGS}/${other}/keys/${id}/show`)).status).toBe(404);
    const entries = await store.listAudit(organization, { limit: 50 });
    const shows = entries.filter(({ action }) => /show/.test(action));
    expect(shows).toHaveLength(3);
    expect(new Set(shows.map(({ actor }) => actor))).toEqual(new Set(["operator"]));
    expect(JSON.stringify([...entries, ...(await store.listAudit(other, { limit: 50 }))])).not.toContain(keyOf(issued).slice(-20));
    expect((await store.listAudit(other, { limit: 50 })).filter(({ action }) => /show/.test(action))).toEqual([]);
  });
});

describe("AP8", () => {
  test("AP8 a key made outside the dashboard is unclaimed, in nobody's list; linked, it is in the list and counts toward the limit", async () => {
    const { id, key } = await make({ label: "agent" });
    expect((await whoami(key)).json).toMatchObject({ keyId: id, organizationId: null });
    expect([await listed(mine), await listed(theirs)]).toEqual([[], []]);
    const { status, json } = await claim(mine, key);
    expect([status, json.id, json.name, json.organizationId]).toEqual([200, id, "agent", mine]);
    expect((await listed(mine)).map((record) => record.id)).toEqual([id]);
    expect((await whoami(key)).json.organizationId).toBe(mine);
    const made = [];
    for (let turn = 0; turn < 5; turn++) {
      const { status: answered, json: record } = await server.operator("POST", `${ORGS}/${mine}/keys`, {});
      secret(record.key);
      made.push(answered);
    }
    expect(made, "the plan free has five keys").toEqual([201, 201, 201, 201, 403]);
  });

  test("AP8 a pasted key may have spaces around it", async () => {
    const { id, key } = await make();
    expect((await claim(mine, ` ${key}\n`)).json.id).toBe(id);
  });
});

describe("AP9", () => {
  test("AP9 a wrong key and one that another organization has get the same response, byte for byte, at the limit too", async () => {
    const foreign = await make();
    await claim(theirs, foreign.key);
    const own = await server.newKey(theirs);
    const full = await server.newOrganization({ overrides: { keys: 1 } });
    await server.newKey(full);
    const responses: RawResponse[] = [];
    for (const organization of [mine, full]) {
      for (const key of [
        foreign.key,
        own.key,
        "pk_nobody-has-this-value",
        `pk_${"A".repeat(43)}`,
        "short",
        "",
        "pk_ключ_не_из_ascii_букв",
        "x".repeat(1_000),
      ]) {
        responses.push(
          await raw(
            server.url,
            `POST ${ORGS}/${organization}/keys/claim`,
            [`Authorization: Bearer ${server.operatorToken}`, "Content-Type: application/json"],
            JSON.stringify({ key }),
          ),
        );
      }
    }
    expectIdentical(responses, 404);
    expect(responses[0]?.json.code).toBe("not_claimable");
    expect((await whoami(foreign.key)).json.organizationId).toBe(theirs);
    expect(await listed(mine)).toEqual([]);
  });

  test("AP9 one's own: says so, and nothing changes", async () => {
    const { id, key } = await make();
    const before = (await claim(mine, key)).json;
    const { status, json } = await claim(mine, key);
    expect([status, json.code]).toEqual([409, "already_claimed"]);
    expect(json.detail).toMatch(/your organization already/);
    expect((await server.operator("GET", `${ORGS}/${mine}/keys/${id}`)).json).toEqual(before);
  });

  test("AP9 at the plan's key limit: an error, the key stays unclaimed, works, and can be linked elsewhere", async () => {
    const full = await server.newOrganization({ overrides: { keys: 1 } });
    await server.newKey(full);
    const { id, key } = await make();
    const { status, json } = await claim(full, key);
    expect([status, json.code]).toEqual([403, "key_limit_reached"]);
    const still = await whoami(key);
    expect([still.status, still.json.organizationId, still.headers.get("ratelimit-policy")]).toEqual([
      200,
      null,
      expect.stringContaining('"minute";q=10;w=60'),
    ]);
    expect((await claim(theirs, key)).json.id).toBe(id);
  });

  test("AP9 a hundred linkings at once by ten organizations: exactly one wins", async () => {
    const organizations = await Promise.all(Array.from({ length: 10 }, () => server.newOrganization()));
    const { id, key } = await make();
    const replies = await Promise.all(
      Array.from({ length: 100 }, async (_, at) => ({
        organization: organizations[at % 10]!,
        ...(await claim(organizations[at % 10]!, key)),
      })),
    );
    const winners = replies.filter(({ status }) => status === 200);
    expect(winners).toHaveLength(1);
    const [winner] = winners;
    for (const { organization, json, status } of replies.filter((reply) => reply !== winner)) {
      expect([status, json.code]).toEqual(organization === winner?.organization ? [409, "already_claimed"] : [404, "not_claimable"]);
    }
    const lists = await Promise.all(organizations.map(async (organization) => (await listed(organization)).map((record) => record.id)));
    expect(lists).toEqual(organizations.map((organization) => (organization === winner?.organization ? [id] : [])));
    expect((await whoami(key)).json.organizationId).toBe(winner?.organization);
  });

  test("AP9 twenty keys linked at once never exceed the plan's limit", async () => {
    const keys = await Promise.all(Array.from({ length: 20 }, async () => (await make()).key));
    const statuses = (await Promise.all(keys.map((key) => claim(mine, key)))).map(({ status }) => status);
    expect([
      statuses.filter((status) => status === 200).length,
      statuses.filter((status) => status === 403).length,
      (await listed(mine)).length,
    ]).toEqual([5, 15, 5]);
  });

  test("AP9 who may not: no credential, an API key, another organization's JWT, unknown fields", async () => {
    const { key } = await make();
    const { token } = (await server.operator("POST", `${ORGS}/${theirs}/tokens`, {})).json;
    const path = `POST ${ORGS}/${mine}/keys/claim`;
    const statuses = [];
    for (const headers of [[], [`X-Api-Key: ${key}`], [`Authorization: Bearer ${key}`], [`Authorization: Bearer ${token}`]])
      statuses.push((await raw(server.url, path, [...headers, "Content-Type: application/json"], JSON.stringify({ key }))).status);
    expect(statuses).toEqual([401, 401, 401, 404]);
    expect((await server.operator("POST", `${ORGS}/${mine}/keys/claim`, { key, organizationId: theirs })).status).toBe(400);
    expect((await whoami(key)).json.organizationId).toBe(null);
  });
});

describe("AP10", () => {
  test("AP10 unclaimed keys live under lower limits; a claimed one takes its organization's plan on the next request", async () => {
    const { key } = await make();
    const statuses = [];
    for (let turn = 0; turn < 11; turn++) statuses.push((await whoami(key)).status);
    expect(statuses).toEqual([...Array(10).fill(200), 429]);
    const pro = await server.newOrganization({ plan: "pro" });
    expect((await claim(pro, key)).status).toBe(200);
    const next = await whoami(key);
    expect([next.status, next.headers.get("ratelimit-policy")]).toEqual([
      200,
      '"minute";q=600;w=60, "day";q=100000;w=86400, "concurrent";q=50;qu="concurrent-requests"',
    ]);
    expect(next.headers.get("ratelimit"), "what it used while unclaimed counts on").toMatch(/^"minute";r=589;/);
  });

  test("AP10 the plan free on the next request", async () => {
    const { key } = await make();
    expect((await whoami(key)).headers.get("ratelimit-policy")).toBe(
      '"minute";q=10;w=60, "day";q=1000;w=86400, "concurrent";q=2;qu="concurrent-requests"',
    );
    await claim(mine, key);
    expect((await whoami(key)).headers.get("ratelimit-policy")).toBe(
      '"minute";q=60;w=60, "day";q=10000;w=86400, "concurrent";q=10;qu="concurrent-requests"',
    );
  });

  test("AP10 creation is limited for each address: ten a minute, refused ones too, then 429 with Retry-After", async () => {
    const [address, other] = [newAddress(), newAddress()];
    const replies = await Promise.all(Array.from({ length: 30 }, (_, at) => post(at % 2 === 0 ? "{}" : '{"key":"weak"}', address)));
    for (const { json } of replies) secret(json.key);
    const refused = replies.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(20);
    for (const { headers, json } of refused) {
      const seconds = Number(headers.get("retry-after"));
      expect([seconds > 50 && seconds <= 60, json.code, json.retryAfterSeconds, json.detail]).toEqual([
        true,
        "rate_limited",
        seconds,
        `Rate limit exceeded. Retry after ${seconds} seconds.`,
      ]);
    }
    await make({}, other);
    await make({}, `${address}, ${other}`);
  });

  test("AP10 a proxy that is named is believed, only as far as the right-most address that is none", async () => {
    const address = newAddress();
    const statuses = [];
    for (let turn = 0; turn < 12; turn++) {
      const { status, json } = await post(
        "{}",
        turn % 2 === 0 ? `203.0.113.${turn}, ${address}` : `203.0.113.${turn}, ${address}, 127.0.0.1`,
      );
      secret(json.key);
      statuses.push(status);
    }
    expect(statuses).toEqual([...Array(10).fill(201), 429, 429]);
  });

  test("AP10 a forwarded header of anybody else is ignored", async () => {
    const { url } = await startServer({ platform: "agentpay" });
    const statuses = [];
    for (let turn = 0; turn < 12; turn++) {
      const { status, json } = await raw(url, "POST /api-keys", [
        `X-Forwarded-For: 198.51.100.${turn}`,
        `X-Real-Ip: 198.51.100.${turn}`,
        `Forwarded: for=198.51.100.${turn}`,
        `CF-Connecting-IP: 198.51.100.${turn}`,
      ]);
      secret(json.key);
      statuses.push(status);
    }
    expect(statuses).toEqual([...Array(10).fill(201), 429, 429]);
  });

  test("AP10 an IPv6 network counts as one address, its neighbour as another", async () => {
    const statuses = [];
    for (let turn = 0; turn < 12; turn++) {
      const { status, json } = await post("{}", `2001:db8:77:1:${turn}::${turn}`);
      secret(json.key);
      statuses.push(status);
    }
    expect(statuses).toEqual([...Array(10).fill(201), 429, 429]);
    await make({}, "2001:db8:77:2::1");
  });

  // biome-ignore format: a table
  test.each<[string, string, boolean]>([
    ["2001:db8:1:2:3:4:5:6",  "2001:db8:1:2::1",           true],
    ["2001:DB8:1:2::1",       "2001:0db8:0001:0002::ffff", true],
    ["2001:db8:1:2::1",       "2001:db8:1:3::1",           false],
    ["2001:db8::1",           "2001:db8:0:0:1::",          true],
    ["2001:db8::1",           "2001:db8:0:1::1",           false],
    ["::1",                   "::2",                       true],
    ["fe80::1%eth0",          "fe80::2",                   true],
    ["::ffff:192.0.2.1",      "192.0.2.1",                 true],
    ["::FFFF:192.0.2.1",      "192.0.2.1",                 true],
    ["::ffff:c000:201",       "192.0.2.1",                 true],
    ["::ffff:c000:201",       "::ffff:c000:202",           false],
    ["192.0.2.1",             "192.0.2.2",                 false],
  ])("AP10 %s and %s count as one: %s", (one, two, together) => {
    expect(addressGroup(one) === addressGroup(two)).toBe(together);
  });

  // biome-ignore format: a table
  test.each<[string, string, string | undefined, string[], string]>([
    ["no proxy is named",                    "192.0.2.9",         "203.0.113.1",                      [],                           "192.0.2.9"],
    ["the peer is not the one named",        "192.0.2.9",         "203.0.113.1",                      ["192.0.2.8"],                "192.0.2.9"],
    ["the peer is",                          "192.0.2.8",         "203.0.113.1",                      ["192.0.2.8"],                "203.0.113.1"],
    ["the peer, as IPv4 in IPv6",            "::ffff:192.0.2.8",  "203.0.113.1",                      ["192.0.2.8"],                "203.0.113.1"],
    ["what stands further left is not read", "192.0.2.8",         "1.1.1.1, 203.0.113.1",             ["192.0.2.8"],                "203.0.113.1"],
    ["two proxies, one a subnet",            "192.0.2.8",         "1.1.1.1, 203.0.113.1, 10.9.9.9",   ["192.0.2.8", "10.0.0.0/8"],  "203.0.113.1"],
    ["an IPv6 proxy in another spelling",    "2001:db8:0:0::8",   "203.0.113.1",                      ["2001:db8::8"],              "203.0.113.1"],
    ["nonsense is no address",               "192.0.2.8",         "unknown",                          ["192.0.2.8"],                "192.0.2.8"],
    ["nothing was forwarded",                "192.0.2.8",         undefined,                          ["192.0.2.8"],                "192.0.2.8"],
    ["the proxies alone",                    "192.0.2.8",         "10.1.1.1",                         ["192.0.2.8", "10.0.0.0/8"],  "10.1.1.1"],
  ])("AP10 the client's address: %s", (_sentence, peer, forwarded, proxies, expected) => {
    expect(clientAddress(peer, forwarded, proxyList(proxies))).toBe(expected);
  });
});

describe("AP11", () => {
  test("AP11 there is no revocation endpoint, nor any other beside creation; the key goes on working", async () => {
    const { id, key } = await make();
    for (const target of [
      `DELETE /api-keys/${id}`,
      "DELETE /api-keys",
      `POST /api-keys/${id}/revoke`,
      `PATCH /api-keys/${id}`,
      "GET /api-keys",
      `GET /api-keys/${id}`,
      `POST /api-keys/${id}/rotate`,
    ]) {
      const { status, header } = await raw(server.url, target, [`X-Api-Key: ${key}`]);
      expect([target, status]).toEqual([target, target.endsWith("/api-keys") ? 405 : 404]);
      if (status === 405) expect(header("allow")).toBe("POST");
    }
    expect((await whoami(key)).status).toBe(200);
  });

  test("AP11 rotation is create-and-replace: the new key works beside the old one", async () => {
    const [old, fresh] = [await make(), await make()];
    for (const { key } of [old, fresh]) expect((await whoami(key)).status).toBe(200);
  });
});

describe("AP11 Delete in the dashboard", () => {
  test("AP11 a full plan gets room again: the deleted key is refused at once, leaves the list, and is written to the audit log", async () => {
    const keysOf = `${ORGS}/${mine}/keys`;
    const keys = await Promise.all(Array.from({ length: 5 }, () => server.newKey(mine)));
    expect((await server.operator("POST", keysOf, {})).json.code).toBe("key_limit_reached");
    const [{ id, key } = { id: "", key: "" }, ...others] = keys;
    expect((await whoami(key)).status).toBe(200);

    expect((await server.operator("DELETE", `${keysOf}/${id}`)).status).toBe(204);
    expect((await whoami(key)).status).toBe(401);
    const current = (await server.operator("GET", `${keysOf}?status=current`)).json.data.map((listedKey: { id: string }) => listedKey.id);
    expect(current.sort()).toEqual(others.map((other) => other.id).sort());
    expect((await show(mine, id)).status, "it cannot be shown again").toBe(404);
    expect((await server.operator("GET", `${ORGS}/${mine}/audit?subject=${id}&action=key.revoked`)).json.data).toHaveLength(1);

    const replacement = await server.newKey(mine);
    expect((await whoami(replacement.key)).status).toBe(200);
    expect((await server.operator("POST", keysOf, {})).json.code, "the plan is full again").toBe("key_limit_reached");
  });

  test("AP11 a linked key can be deleted as well, and cannot be linked again", async () => {
    const { id, key } = await make();
    expect((await claim(mine, key)).status).toBe(200);
    expect((await server.operator("DELETE", `${ORGS}/${mine}/keys/${id}`)).status).toBe(204);
    expect((await whoami(key)).status).toBe(401);
    for (const organization of [mine, theirs]) expect((await claim(organization, key)).json.code).toBe("not_claimable");
  });
});

describe("AP12", () => {
  test.each(["X-Api-Key", "x-api-key", "X-API-KEY"])(
    "AP12 what the SDK will attach is taken in any case, by the API behind it: %s",
    async (name) => {
      const { key } = await make();
      expect((await raw(server.url, `GET ${WHOAMI}`, [`${name}: ${key}`])).status).toBe(200);
      expect((await raw(server.url, `GET ${WHOAMI}`, [`Authorization: Bearer ${key}`])).status, "and nowhere else").toBe(401);
    },
  );
});
