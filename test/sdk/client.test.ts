/** The client against a real server. */
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { build } from "vite";
import { beforeAll, describe, expect, test } from "vitest";
import { typescript } from "../../packaging/typescript.ts";
import { KeywardClient } from "../../sdk/index.ts";
import { type Browser, PASSWORD, peopleServer } from "../support/people.ts";
import { secret, traceDirectory } from "../support/root.ts";
import { suiteServer } from "../support/server.ts";
import { rawServer } from "./raw-server.ts";

const project = join(import.meta.dirname, "../..");
const server = suiteServer();
let client: KeywardClient;

beforeAll(() => {
  client = new KeywardClient({ baseUrl: server.url, token: server.operatorToken });
});

const keep = <Issued extends { key?: string }>(issued: Issued): Issued => {
  secret(issued.key);
  return issued;
};

describe("as the operator", () => {
  test("an organization, its keys and their ends", async () => {
    const { id } = await client.organizations.create({ name: "Acme" });
    expect(await client.organizations.update(id, { name: "Acme 2" })).toMatchObject({ id, name: "Acme 2" });
    const first = keep(await client.keys.create(id, { name: "first", limits: { requestsPerMinute: 5 } }));
    expect(first).toMatchObject({ name: "first", status: "active", key: expect.stringMatching(/^kw_live_/) });
    expect(await client.keys.update(id, first.id, { enabled: false })).toMatchObject({ status: "disabled" });
    await client.keys.update(id, first.id, { enabled: true });
    const second = keep(await client.keys.rotate(id, first.id, { overlap: "1h" }));
    expect(second.predecessorId).toBe(first.id);
    expect(await client.keys.revoke(id, second.id)).toBeUndefined();
    expect(await client.keys.find(second.id)).toMatchObject({ status: "revoked" });
    expect((await client.keys.list(id, { active: "true" })).data.map((key) => key.id)).toEqual([first.id]);
  });

  test("a call that is repeated with its Idempotency-Key makes one key, and shows its secret once", async () => {
    const { id } = await client.organizations.create({ name: "Acme" });
    const made = [
      keep(await client.keys.create(id, {}, { idempotencyKey: "once" })),
      await client.keys.create(id, {}, { idempotencyKey: "once" }),
    ];
    expect(made.map((key) => [key.id, key.key !== undefined])).toEqual([
      [made[0]!.id, true],
      [made[0]!.id, false],
    ]);
    expect((await client.keys.list(id)).data).toHaveLength(1);
  });

  test("all keys, page after page, each once", async () => {
    const { id } = await client.organizations.create({ name: "Many", overrides: { keys: null } });
    for (let number = 0; number < 203; number++) keep(await client.keys.create(id, { name: `key ${number}` }));
    const names: (string | null)[] = [];
    for await (const { name } of client.keys.listAll(id)) names.push(name);
    expect(names).toHaveLength(203);
    expect(new Set(names).size).toBe(203);
  });

  test("service tokens and management tokens", async () => {
    const { id } = await client.organizations.create({ name: "Acme" });
    const { token } = await client.organizations.token(id);
    const member = new KeywardClient({ baseUrl: server.url, token: secret(token) });
    expect(await member.organizations.get(id)).toMatchObject({ name: "Acme" });
    await expect(member.organizations.list()).rejects.toMatchObject({ status: 403, code: "forbidden" });
    const made = await client.serviceTokens.create({ name: "gateway" });
    secret(made.token);
    await client.serviceTokens.revoke(made.id);
    expect((await client.serviceTokens.list()).data).toEqual([expect.objectContaining({ id: made.id, revokedAt: expect.any(String) })]);
  });

  test("a verdict, with a service token: whether a request may pass, and why not", async () => {
    const { id } = await client.organizations.create({ name: "Acme" });
    const { id: keyId, key = "" } = keep(await client.keys.create(id, { scopes: ["a"], limits: { requestsPerMinute: 1 } }));
    const { token } = await client.serviceTokens.create({ name: "api" });
    const service = new KeywardClient({ baseUrl: server.url, token: secret(token) });
    expect(await service.verify({ key, scopes: ["b"] })).toMatchObject({ valid: false, code: "insufficient_scope", keyId });
    expect(await service.verify({ authorization: `Bearer ${key}`, scopes: ["a"] })).toMatchObject({
      valid: true,
      code: "valid",
      organizationId: id,
    });
    expect(await service.verify({ key })).toMatchObject({ valid: false, code: "rate_limited", retryAfterSeconds: expect.any(Number) });
    await expect(service.keys.list(id)).rejects.toMatchObject({ status: 403, code: "forbidden" });
  });

  test("a refusal has the server's sentence, the code and the field", async () => {
    const { id } = await client.organizations.create({ name: "Acme" });
    await expect(client.keys.create(id, { limits: { requestsPerMinute: 0 } })).rejects.toMatchObject({
      name: "KeywardError",
      status: 400,
      code: "invalid_request",
      field: "limits.requestsPerMinute",
      message: expect.stringContaining("limits.requestsPerMinute"),
    });
    await expect(client.keys.get(id, "key_none")).rejects.toMatchObject({ status: 404, code: "not_found", field: undefined });
    const stranger = new KeywardClient({ baseUrl: server.url, token: "kwo_wrong" });
    await expect(stranger.organizations.list()).rejects.toMatchObject({ status: 401, code: "invalid_credential" });
  });
});

describe("on another platform", () => {
  const other = suiteServer({ platform: "agentsgt" });
  test("a refusal has its code and field though the platform's own form has neither", async () => {
    const ofOther = new KeywardClient({ baseUrl: other.url, token: other.operatorToken });
    await expect(ofOther.organizations.create({ name: "" })).rejects.toMatchObject({ status: 400, code: "invalid_request", field: "name" });
    const { id } = await ofOther.organizations.create({ name: "Acme" });
    const issued = await ofOther.keys.create(id);
    secret(issued.secretKey);
    expect(issued).toMatchObject({ publicKey: expect.any(String), secretKey: expect.any(String) });
  });
});

/** What a page of the server does: the browser adds cookies and says where the request is from. */
function inBrowser(browser: Browser, baseUrl: string): KeywardClient {
  const fetch = async (url: string | URL | Request, init: RequestInit = {}) => {
    const { pathname, search } = new URL(String(url));
    const headers = Object.fromEntries(new Headers(init.headers));
    const reply = await browser.send(
      init.method ?? "GET",
      pathname + search,
      init.body === undefined ? undefined : JSON.parse(String(init.body)),
      headers,
    );
    return new Response(reply.status === 204 ? null : reply.text, { status: reply.status, headers: reply.headers });
  };
  return new KeywardClient({ baseUrl, fetch });
}

describe("as a person in a browser", () => {
  test("signing up, inviting, accepting, leaving", async () => {
    const people = await peopleServer();
    const ada = await people.signUp("ada@example.com");
    const asAda = inBrowser(ada, people.url);
    const { user, organizations } = await asAda.session.get();
    expect(user?.email).toBe("ada@example.com");
    const { id } = organizations[0]!;
    const { link } = await asAda.invitations.create(id, { role: "member", note: "Bob" });
    const token = secret(link.split("#")[1]!);
    const asBob = inBrowser(await people.signUp("bob@example.com", "Bob"), people.url);
    expect(await asBob.invitations.read(token)).toMatchObject({ organizationId: id, role: "member" });
    expect(await asBob.invitations.accept(token)).toEqual({ organizationId: id, role: "member" });
    const bob = (await asAda.members.list(id)).data.find((member) => member.user.name === "Bob")!;
    expect(await asAda.members.changeRole(id, bob.user.id, "viewer")).toMatchObject({ role: "viewer" });
    await expect(asBob.keys.create(id)).rejects.toMatchObject({ status: 403, code: "forbidden" });
    await asAda.members.remove(id, bob.user.id);
    await expect(asBob.keys.list(id)).rejects.toMatchObject({ status: 404 });
    secret((await asAda.session.token({ organizationId: id })).token);
    await asAda.signIn.changePassword({ currentPassword: PASSWORD, newPassword: "another horse battery" });
    await asAda.session.end();
    expect((await asAda.session.get()).user).toBeNull();
    await expect(asAda.signIn.email({ email: "ada@example.com", password: PASSWORD })).rejects.toMatchObject({
      status: 401,
      code: "invalid_credential",
    });
    await asAda.signIn.email({ email: "ada@example.com", password: "another horse battery" });
    expect((await asAda.session.get()).user?.name).toBe("Ada");
    await asAda.session.endAll();
    expect((await asAda.session.get()).user).toBeNull();
  });
});

test("the example of the class and of the README runs as it stands, and is right for the type checker", async () => {
  const [example = ""] = [...readFileSync(join(project, "sdk/client.ts"), "utf8").matchAll(/\* ```ts\n([\s\S]*?) \* ```/g)].map((match) =>
    match[1]!.replaceAll(/^ \* ?/gm, ""),
  );
  expect(readFileSync(join(project, "sdk/README.md"), "utf8")).toContain(`\`\`\`ts\n${example}\`\`\``);
  const cwd = traceDirectory("sdk-example");
  mkdirSync(join(cwd, "node_modules/@keyward"), { recursive: true });
  symlinkSync(join(project, "sdk"), join(cwd, "node_modules/@keyward/sdk"));
  symlinkSync(join(project, "node_modules/@types"), join(cwd, "node_modules/@types"));
  writeFileSync(join(cwd, "package.json"), '{"type":"module"}');
  writeFileSync(join(cwd, "example.ts"), example.replace("http://localhost:4000", server.url));
  const flags =
    "--noEmit --strict --exactOptionalPropertyTypes --noUncheckedIndexedAccess --module nodenext --target es2024 --lib es2024 --types node --skipLibCheck --erasableSyntaxOnly --allowImportingTsExtensions";
  expect(await typescript([...flags.split(" "), "example.ts"], cwd)).toBe("");
  const env = { ...process.env, KEYWARD_TOKEN: server.operatorToken };
  const { stdout } = await promisify(execFile)(process.execPath, ["example.ts"], { cwd, env });
  const printed = stdout.trim().split("\n");
  secret(printed[0]);
  expect(printed).toEqual([expect.stringMatching(/^kw_live_\w+$/), "production active", "400 invalid_request limits.requestsPerMinute"]);
});

test.each([
  ["the client, as in a browser", "client.ts", 4_608],
  ["everything", "index.ts", 7_168],
])("a bundle of %s holds the SDK alone, and is small over the wire", async (_sentence, entry, bytes) => {
  const built = await build({
    root: join(project, "sdk"),
    configFile: false,
    logLevel: "error",
    build: { write: false, minify: true, lib: { entry, formats: ["es"], fileName: "bundle" } },
  });
  const [{ output } = { output: [] }] = [built].flat() as { output: { code: string; moduleIds: string[]; imports: string[] }[] }[];
  expect(output).toHaveLength(1);
  const { code, moduleIds, imports } = output[0]!;
  expect(imports).toEqual([]);
  expect(moduleIds.filter((id) => !id.startsWith(join(project, "sdk/")))).toEqual([]);
  expect(gzipSync(code).length).toBeLessThan(bytes);
  expect(code).not.toMatch(/process\.|require\(|node:/);
});

test("an audit log that the server makes several tables of is one, with one heading", async () => {
  const table = (rows: string, next?: string) => (response: ServerResponse) =>
    response
      .writeHead(200, { "content-type": "text/csv", ...(next !== undefined && { link: `<?${next}>; rel="next"` }) })
      .end(`id,at\r\n${rows}`);
  const { url, received } = await rawServer(
    table("3,c\r\n2,b\r\n", "action=key.created&cursor=2"),
    table("1,a\r\n", "cursor=1"),
    table(""),
  );
  const whole = await new KeywardClient({ baseUrl: url }).audit.csv("org_1", { action: "key.created" });
  expect(whole).toBe("id,at\r\n3,c\r\n2,b\r\n1,a\r\n");
  expect(received.map(({ url: asked }) => asked.split("?")[1])).toEqual([
    "action=key.created",
    "action=key.created&cursor=2",
    "action=key.created&cursor=1",
  ]);
});
