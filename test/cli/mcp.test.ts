/** `keyward mcp`, driven by the protocol's own client as an agent's program drives it. */
import { globSync, mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROOT, secret } from "../support/root.ts";
import { suiteServer } from "../support/server.ts";

const BIN = join(import.meta.dirname, "../../bin/keyward");
const server = suiteServer();
/** Not among the traces, in which no key may be. */
const temporaryDirectory = () => mkdtempSync(join(ROOT, "mcp-"));

/** An agent with its tools, and everything that it has been told. */
class Agent {
  readonly heard: string[] = [];
  readonly #client = new Client({ name: "test", version: "1" });
  readonly #transport: StdioClientTransport;

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.#transport = new StdioClientTransport({
      command: BIN,
      args: ["mcp", ...args],
      env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", ...env },
      stderr: "pipe",
    });
  }

  async start(): Promise<void> {
    this.#transport.stderr?.on("data", (chunk) => this.heard.push(String(chunk)));
    await this.#client.connect(this.#transport);
    this.heard.push(JSON.stringify(this.#client.getInstructions() ?? ""));
  }

  tools = () => this.#client.listTools();

  // biome-ignore lint/suspicious/noExplicitAny: results of every form
  async call(name: string, given: Record<string, unknown>): Promise<{ isError: boolean; text: string; json: () => any }> {
    const result = await this.#client.callTool({ name, arguments: given });
    this.heard.push(JSON.stringify(result));
    const text = (result.content as { text: string }[]).map((part) => part.text).join("");
    return { isError: result.isError === true, text, json: () => JSON.parse(text) };
  }

  end = () => this.#client.close();
}

describe("an agent", () => {
  const secrets = join(temporaryDirectory(), "secrets");
  let agent: Agent;
  let organizationId: string;
  beforeAll(async () => {
    agent = new Agent(["--data", server.directory, "--secrets", secrets]);
    await agent.start();
    organizationId = await server.newOrganization();
  });
  afterAll(() => agent.end());

  test("has few tools; those that only read and those that destroy are marked", async () => {
    const { tools } = await agent.tools();
    expect(tools.map(({ name, annotations }) => [name, annotations?.readOnlyHint, annotations?.destructiveHint])).toEqual([
      ["list_organizations", true, false],
      ["list_keys", true, false],
      ["get_key", true, false],
      ["list_changes", true, false],
      ["create_key", false, false],
      ["rotate_key", false, true],
      ["set_key_enabled", false, true],
      ["revoke_key", false, true],
    ]);
  });

  test("creates, finds, disables, rotates and revokes a key, and never sees a secret", async () => {
    const created = (
      await agent.call("create_key", { organizationId, name: "backend", scopes: ["agents:read"], limits: { requestsPerMinute: 60 } })
    ).json();
    expect(created.key).toMatchObject({ name: "backend", scopes: ["agents:read"], limits: { requestsPerMinute: 60 } });
    const key = secretIn(created.secretFile);
    expect((await verify(key)).code).toBe("valid");

    expect((await agent.call("list_keys", { organizationId, search: "backend" })).json().data.map(({ id }: { id: string }) => id)).toEqual([
      created.key.id,
    ]);
    expect((await agent.call("list_organizations", {})).json().data.map(({ id }: { id: string }) => id)).toContain(organizationId);
    const looked = (await agent.call("get_key", { keyId: created.key.id })).json();
    expect([looked.key.name, looked.limits.data[0].remaining]).toEqual(["backend", 59]);

    const named = { keyId: created.key.id, confirmName: "backend" };
    expect((await agent.call("set_key_enabled", { ...named, enabled: false })).json().key.status).toBe("disabled");
    expect((await agent.call("set_key_enabled", { ...named, enabled: true })).json().key.status).toBe("active");

    const rotated = (await agent.call("rotate_key", { ...named, overlap: "0s" })).json();
    const successor = secretIn(rotated.secretFile);
    expect([(await verify(key)).valid, (await verify(successor)).valid]).toEqual([false, true]);

    expect((await agent.call("revoke_key", { keyId: rotated.key.id, confirmName: "backend" })).json().key.status).toBe("revoked");
    expect((await verify(successor)).code).toBe("revoked");
    expect(
      (await agent.call("list_changes", { organizationId, subjectId: rotated.key.id }))
        .json()
        .data.map(({ action }: { action: string }) => action),
    ).toContain("key.revoked");

    const everything = agent.heard.join("\n");
    for (const each of [key, successor, server.operatorToken]) expect(everything).not.toContain(each.slice(-20));
  });

  test("ends no key whose name it does not know", async () => {
    const { id } = await server.newKey(organizationId, { name: "production" });
    for (const [tool, more] of [
      ["revoke_key", {}],
      ["rotate_key", {}],
      ["set_key_enabled", { enabled: false }],
    ] as const) {
      const refused = await agent.call(tool, { keyId: id, confirmName: "staging", ...more });
      expect([refused.isError, refused.text]).toEqual([true, expect.stringContaining("nothing was changed")]);
      expect(refused.text).not.toContain("production");
    }
    expect((await agent.call("get_key", { keyId: id })).json().key).toMatchObject({ status: "active", successorId: null });
  });

  test("confirms a key without a name by its id", async () => {
    const { id } = await server.newKey(organizationId);
    expect((await agent.call("revoke_key", { keyId: id, confirmName: id })).json().key.status).toBe("revoked");
  });

  test.each<[what: string, tool: string, given: () => Record<string, unknown>, sentence: string]>([
    ["an id that nothing has", "get_key", () => ({ keyId: "key_01m7x4yn56vfnkq4925gf9a45e" }), "no such key"],
    [
      "a key in place of an id",
      "get_key",
      () => ({ keyId: "kw_live_8r2mVxTqYw3nLkPz7cBd5gHs9JfAeU4oXiQ0tRuGy6E_1a2b3c" }),
      "not an id; nothing was sent",
    ],
    ["a time that is none", "create_key", () => ({ organizationId, name: "x", expiresIn: "soon" }), "expiresIn"],
    ["a number below every limit", "create_key", () => ({ organizationId, name: "x", limits: { requestsPerDay: 0 } }), "requestsPerDay"],
  ])("is told what is wrong with %s", async (_what, tool, given, sentence) => {
    const asked = given();
    const refused = await agent.call(tool, asked);
    expect([refused.isError, refused.text]).toEqual([true, expect.stringContaining(sentence)]);
    expect(refused.text).not.toContain("8r2mVxTqYw3nLkPz7cBd5gHs9JfAeU4oXiQ0tRuGy6E");
    // What was prepared for a secret is gone.
    expect(globSync("**/*.draft", { cwd: secrets })).toEqual([]);
  });
});

test("no key is left without its secret when the secret cannot be written", async () => {
  const inTheWay = join(temporaryDirectory(), "file");
  writeFileSync(inTheWay, "");
  const agent = new Agent(["--data", server.directory, "--secrets", join(inTheWay, "secrets")]);
  await agent.start();
  const organizationId = await server.newOrganization();
  const refused = await agent.call("create_key", { organizationId, name: "lost" });
  await agent.end();
  expect([refused.isError, refused.text]).toEqual([true, expect.stringMatching(/directory for secrets.*cannot be written.*--secrets/)]);
  expect((await server.operator("GET", `/keyward/v1/organizations/${organizationId}/keys`)).json.data).toEqual([]);
});

test("a server elsewhere is reached with the token of the environment, which the agent does not see", async () => {
  const organizationId = await server.newOrganization();
  const token = secret((await server.operator("POST", `/keyward/v1/organizations/${organizationId}/tokens`, {})).json.token);
  const agent = new Agent(["--url", server.url, "--secrets", temporaryDirectory()], { KEYWARD_TOKEN: token });
  await agent.start();
  expect((await agent.call("list_keys", { organizationId })).json().data).toEqual([]);
  const refused = await agent.call("list_organizations", {});
  await agent.end();
  expect(refused.isError).toBe(true);
  expect(agent.heard.join("\n")).not.toContain(token.slice(-20));
});

/** The secret in a file, of which only the owner may read anything. */
function secretIn(path: string): string {
  expect(statSync(path).mode & 0o777).toBe(0o600);
  return secret(readFileSync(path, "utf8").trim());
}

async function verify(key: string) {
  return (await server.operator("POST", "/keyward/v1/verify", { key })).json;
}
