/** The published packages, packed and installed: what is in them, and that each of them works in a project of its own. */
import { execFile, execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { readManual } from "../../http/manual/manual.ts";
import { secret, traceDirectory } from "../support/root.ts";
import { call } from "../support/server.ts";
import { suiteProcess } from "../support/server-process.ts";
import {
  FRAMEWORKS,
  installed,
  type PackageName,
  packOnce,
  projectWithFrameworks,
  run,
  TARBALLS,
  tarball,
  typeCheck,
  unpackBeside,
} from "./packed.ts";

const project = join(import.meta.dirname, "../..");
const NAMES = Object.keys(TARBALLS) as PackageName[];
const MASTER_SECRET = "a-secret-for-this-test-of-packages";
let frameworks: string;

beforeAll(async () => {
  [frameworks] = await Promise.all([projectWithFrameworks(), packOnce()]);
  unpackBeside();
}, 180_000);

describe.each(NAMES)("the tarball of %s", (name) => {
  test("has JavaScript, types, source maps, LICENSE, README and package.json, and nothing else but the built dashboard, the documentation and what deploys it", () => {
    const listed = execFileSync("tar", ["-tzf", tarball(name)], { encoding: "utf8" });
    const files = new Set(
      listed
        .trim()
        .split("\n")
        .map((path) => path.replace("package/", "")),
    );
    files.forEach((path) => void (/^dashboard\/dist\/|^manual\/.*\.md$|^deploy\/[\w./-]+$/.test(path) && files.delete(path)));
    const others = [...files].filter((path) => !/(?:\.js|\.js\.map|\.d\.ts)$/.test(path));
    expect(others.sort()).toEqual(["LICENSE", "README.md", "package.json"]);
    const javascript = [...files].filter((path) => path.endsWith(".js") && !path.startsWith("bin/"));
    // Libraries that are bundled stay as readable as they were written.
    expect(javascript.filter((path) => !path.startsWith("vendor/") && !files.has(`${path}.map`))).toEqual([]);
  });

  test("is clean by publint, and its types resolve by attw", async () => {
    const publint = `import { publint } from "publint"; import { readFileSync } from "node:fs";
      const { messages } = await publint({ pack: { tarball: readFileSync(${JSON.stringify(tarball(name))}) }, strict: true });
      console.log(JSON.stringify(messages));`;
    writeFileSync(join(frameworks, "publint.mjs"), publint);
    expect(JSON.parse(await run(frameworks, ["publint.mjs"]))).toEqual([]);
    await run(FRAMEWORKS, ["node_modules/@arethetypeswrong/cli/dist/index.js", tarball(name), "--profile", "esm-only", "--quiet"]);
  });
});

/** Opens the library, creates a key and prints it with what came of two requests. */
const LIBRARY = `import { createServer } from "node:http";
import { keyward, platforms } from "@keyward/core";
import { protect } from "@keyward/core/node";
import { openSqlite } from "@keyward/core/sqlite";

const { store, close } = await openSqlite({ directory: process.env.DATA ?? "./data" });
const kw = await keyward({ platform: platforms.keyward, store, secret: ${JSON.stringify(MASTER_SECRET)} });
const organization = await kw.organizations.create({ name: "Acme" }, "operator");
if (!organization.ok) throw new Error(organization.problem.detail);
const created = await kw.keys.create(organization.value.id, { name: "Production", scopes: ["agents:read"] }, "operator");
const shown = created.ok ? created.value.shown : undefined;
if (shown === undefined || !("key" in shown)) throw new Error("no key");
const reads = protect(kw, { scopes: ["agents:read"] });
const server = createServer((request, response) => reads(request, response, () => response.end(request.apiKey.organizationId)));
await new Promise((listening) => server.listen(0, "127.0.0.1", () => listening(undefined)));
const address = server.address();
const url = typeof address === "object" && address !== null ? \`http://127.0.0.1:\${address.port}\` : "";
const admitted = await fetch(url, { headers: { "x-api-key": shown.key } });
const refused = await fetch(url);
console.log(admitted.status, (await admitted.text()) === organization.value.id, refused.status, shown.key);
server.closeAllConnections();
server.close();
await kw.close();
await close();
`;

describe("@keyward/core, installed into an empty project", () => {
  let directory: string;

  beforeAll(async () => {
    directory = await installed("@keyward/core");
  });

  test("is smaller than 5 MB with all that comes with it, and works in JavaScript and in strict TypeScript", async () => {
    expect(readdirSync(join(directory, "node_modules")).filter((name) => !name.startsWith("."))).toEqual(["@keyward"]);
    const kilobytes = Number(execFileSync("du", ["-sk", "node_modules"], { cwd: directory, encoding: "utf8" }).split("\t", 1)[0]);
    expect(kilobytes).toBeLessThan(5_000);
    writeFileSync(join(directory, "library.mjs"), LIBRARY);
    const printed = (await run(directory, ["library.mjs"], { DATA: traceDirectory("packed") })).trim().split(" ");
    secret(printed[3]);
    expect(printed.slice(0, 3)).toEqual(["200", "true", "401"]);
    writeFileSync(join(frameworks, "library.ts"), LIBRARY);
    // By itself: the declarations of the other packages would stand in for what it lacks.
    expect(await typeCheck(frameworks, ["library.ts"])).toEqual([]);
  });

  test("says which Node it needs, on one without the embedded database", async () => {
    const program = `import { syncBuiltinESMExports } from "node:module"; import module from "node:module";
      const { isBuiltin } = module;
      module.isBuiltin = (name) => name !== "node:sqlite" && isBuiltin(name);
      syncBuiltinESMExports();
      const { openSqlite } = await import("@keyward/core/sqlite");
      await openSqlite({ directory: "./never" }).catch((error) => console.log(error.message));`;
    writeFileSync(join(directory, "older.mjs"), program);
    expect(await run(directory, ["older.mjs"])).toContain("the embedded database needs Node.js 24 or newer; this is v");
  });

  test("says what to install for people to choose keys of their own", async () => {
    const chosen = `import { keyward, platforms } from "@keyward/core";
      import { openSqlite } from "@keyward/core/sqlite";
      const { store } = await openSqlite({ directory: process.env.DATA });
      const kw = await keyward({ platform: platforms.agentpay, store, secret: ${JSON.stringify(MASTER_SECRET)} });
      await kw.keys.createUnclaimed({ name: "x", key: "pk_Xu7qYb3mPz9tLw2kVr8nHs4dGf6jCa1e" }).catch((error) => console.log(error.message));
      process.exit();`;
    writeFileSync(join(directory, "chosen.mjs"), chosen);
    expect(await run(directory, ["chosen.mjs"], { DATA: traceDirectory("packed") })).toContain(
      "npm install @zxcvbn-ts/core @zxcvbn-ts/language-common",
    );
  });
});

let keywardInstalled: Promise<string> | undefined;
/** A project in which npm has installed `keyward`, once for the tests that need nothing else there. */
const withKeyward = () => (keywardInstalled ??= installed("keyward"));

describe("keyward, installed into an empty project", () => {
  test("`npx keyward serve` starts from nothing, with the dashboard, and its other commands find it", async () => {
    const directory = await withKeyward();
    const data = traceDirectory("packed");
    const command = join(directory, "node_modules/.bin/keyward");
    const { url } = await serveIn(directory, [command, "serve", "--port", "0", "--data", data]);
    expect((await call(`${url}/keyward/health`)).status).toBe(200);
    expect((await call(`${url}/keyward/`)).text).toContain("/keyward/assets/");
    const pages = (text: string) => [...text.matchAll(/\/keyward\/manual\/([^)]+)/g)].map(([, path]) => path);
    const { pages: written } = await readManual(project);
    expect(pages((await call(`${url}/keyward/llms.txt`)).text).sort()).toEqual([...written.keys()].sort());
    const json = await run(directory, [command, "orgs", "create", "Acme", "--json", "--data", data]);
    const key = secret(
      (await run(directory, [command, "keys", "create", "--org", JSON.parse(json).id, "--secret-only", "--data", data])).trim(),
    );
    expect((await call(`${url}/keyward/v1/whoami`, { headers: { "x-api-key": key } })).status).toBe(200);
    expect(await run(directory, [command, "--version"])).toContain(JSON.parse(readFileSync(join(project, "package.json"), "utf8")).version);
  }, 120_000);

  test("says what to install for traces, which few need", async () => {
    const directory = await withKeyward();
    expect(existsSync(join(directory, "node_modules/@opentelemetry/sdk-trace"))).toBe(false);
    const command = [join(directory, "node_modules/.bin/keyward"), "serve", "--port", "0", "--data", traceDirectory("packed")];
    const started = run(directory, command, { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1" });
    await expect(started).rejects.toThrow(/traces need packages that are not installed: npm install @opentelemetry\/api/);
  }, 120_000);
});

describe("the README's doors, as they are printed", () => {
  const readme = readFileSync(join(project, "README.md"), "utf8");
  const door = (heading: string, language: string) => {
    const [, section = ""] = new RegExp(`### ${heading}\n([\\s\\S]*?)\n##`).exec(readme) ?? [];
    return [...section.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, "g"))].map(([, block = ""]) => block);
  };

  test("run it, and put it behind your gateway", async () => {
    const directory = await withKeyward();
    const command = join(directory, "node_modules/.bin/keyward");
    const { url } = await serveIn(directory, [command, "serve", "--port", "0"], { KEYWARD_TRUSTED_PROXIES: "127.0.0.1,::1" });
    const [run = ""] = door("Run it", "sh");
    const [gateway = ""] = door("Put it behind your gateway", "sh");
    const ask = gateway
      .split("\n")
      .filter((line) => !line.startsWith("KEYWARD_"))
      .join("\n");
    const script = `${run}\necho\n${ask}\necho "key=$KEY"`.replaceAll("localhost:4000", url.replace("http://", ""));
    const path = `${dirname(process.execPath)}:${process.env.PATH}`;
    const { stdout } = await promisify(execFile)("bash", ["-euc", script], { cwd: directory, env: { ...process.env, PATH: path } });
    secret(/^key=(.*)$/m.exec(stdout)?.[1]);
    expect(stdout).toMatch(/^\{"keyId":"key_\w+","organizationId":"org_\w+","environment":"live","scopes":\["agents:read"\]/);
    expect(stdout).toMatch(/HTTP\/1.1 200 OK[\s\S]*x-keyward-scopes: agents:read/i);
  }, 60_000);

  test("put it into your app", async () => {
    const [program = ""] = door("Put it into your app", "js");
    const directory = mkdtempSync(join(frameworks, "door-"));
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a line of another program
    const listening = "app.listen(0, function () { console.log(`listening on http://127.0.0.1:${this.address().port}`); });";
    writeFileSync(join(directory, "server.mjs"), program.replace("app.listen(3000);", listening));
    const { url, lines } = await serveIn(directory, ["server.mjs"], { KEYWARD_SECRET: MASTER_SECRET });
    await expect.poll(() => lines.length, { timeout: 20_000 }).toBe(2);
    const key = secret(lines.find((line) => line.startsWith("kw_live_")) ?? "");
    const admitted = await call(`${url}/agents`, { headers: { "x-api-key": key } });
    expect([admitted.status, admitted.json.organization, (await call(`${url}/agents`)).status]).toEqual([
      200,
      expect.stringMatching(/^org_/),
      401,
    ]);
  });
});

/** Starts a program that prints where it listens, until the test ends. */
async function serveIn(cwd: string, args: readonly string[], env: Record<string, string> = {}): Promise<{ url: string; lines: string[] }> {
  const child = spawn(process.execPath, args, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "ignore"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines: string[] = [];
  createInterface(child.stdout).on("line", (line) => lines.push(line));
  const found = () => lines.find((line) => line.startsWith("listening on "));
  await expect.poll(found, { timeout: 20_000 }).toBeDefined();
  return { url: (found() ?? "").replace("listening on ", ""), lines };
}

const EXAMPLES = [
  ...["node", "express", "fastify", "hono", "fetch"].map((name) => `${name}/server.ts`),
  ...["next/app/agents/route.ts", "next/app/agents/[agent]/route.ts", "next/proxy.ts"],
];

describe("@keyward/sdk and the examples, with the real frameworks", () => {
  const server = suiteProcess();
  let keys: { readonly all: string; readonly none: string; readonly other: string };
  let organization: string;
  let token: string;
  /** What the compiler said of the examples, and of those in the packages' own pages. */
  let checked: Promise<string[]>;

  beforeAll(async () => {
    token = await server.newServiceToken();
    organization = await server.newOrganization();
    const make = async (body: Record<string, unknown>) => (await server.newKey(organization, body)).key;
    keys = {
      all: await make({ scopes: ["agents:read"] }),
      none: await make({}),
      other: await make({ scopes: ["agents:read"], resources: ["agent-2"] }),
    };
    for (const name of readdirSync(join(project, "examples"), { withFileTypes: true }))
      if (name.isDirectory()) cpSync(join(project, "examples", name.name), join(frameworks, name.name), { recursive: true });
    checked = typeCheck(frameworks, [...EXAMPLES, ...writePages()]);
    // The tests that wait for it get the failure.
    checked.catch(() => undefined);
  });

  /** Writes the programs in the packages' own pages beside the examples. Returns their files. */
  function writePages(): string[] {
    const blocks = ["packaging/core.md", "sdk/README.md"].flatMap((page) => [
      ...readFileSync(join(project, page), "utf8").matchAll(/```ts\n([\s\S]*?)```/g),
    ]);
    expect(blocks.length).toBeGreaterThan(2);
    return blocks.map(([, code = ""], at) => {
      writeFileSync(join(frameworks, `page-${at}.ts`), code);
      return `page-${at}.ts`;
    });
  }

  const ofPages = (line: string) => line.startsWith("page-");

  test("all examples are strict TypeScript", async () => {
    expect((await checked).filter((line) => !ofPages(line))).toEqual([]);
  });

  test("the examples of the packages' own pages are strict TypeScript", async () => {
    expect((await checked).filter(ofPages)).toEqual([]);
  });

  /** Runs a program beside the examples, which prints JSON. */
  async function runBeside(program: string): Promise<unknown> {
    writeFileSync(join(frameworks, "beside.ts"), program);
    const env = { PORT: "0", DATA: traceDirectory("packed"), KEYWARD_SECRET: MASTER_SECRET, KEYWARD_URL: server.url, KEYWARD_TOKEN: token };
    const printed = (await run(frameworks, ["beside.ts"], env)).trim().split("\n").at(-1) ?? "";
    return JSON.parse(printed);
  }

  test.each(["node", "express", "fastify"])("%s, with the library", async (name) => {
    const program = `import { kw, server } from "./${name}/server.ts";
      if (!server.listening) await new Promise((listening) => server.once("listening", listening));
      const url = \`http://127.0.0.1:\${server.address().port}/agents\`;
      const { value: { id } } = await kw.organizations.create({ name: "Acme" }, "operator");
      const keyFor = async (input) => (await kw.keys.create(id, input, "operator")).value.shown.key;
      const keys = [await keyFor({ scopes: ["agents:read"], limits: { requestsPerMinute: 9 } }), await keyFor({})];
      const seen = [];
      for (const key of [...keys, "wrong"]) {
        const response = await fetch(url, { headers: { "x-api-key": key } });
        const body = await response.json();
        seen.push([response.status, body.code ?? body.organization === id, response.headers.get("ratelimit")]);
      }
      console.log(JSON.stringify(seen));
      process.exit();`;
    expect(await runBeside(program)).toEqual([
      [200, true, '"minute";r=8;t=60'],
      [403, "insufficient_scope", null],
      [401, "invalid_credential", null],
    ]);
  });

  const remote = (load: string) => `${load}
    const seen = [];
    for (const [path, key] of ${JSON.stringify([
      ["agents", "all"],
      ["agents/agent-1", "all"],
      ["agents/agent-1", "other"],
      ["agents/agent-2", "other"],
      ["agents", "none"],
    ])}) {
      const response = await handle(path, { headers: { "x-api-key": ${JSON.stringify("KEYS")}[key] } });
      seen.push(response.status);
    }
    console.log(JSON.stringify(seen));
    process.exit();`;

  test.each([
    ["hono", 'import { app } from "./hono/server.ts"; const handle = (path, init) => app.request("http://app.test/" + path, init);'],
    [
      "fetch",
      'import app from "./fetch/server.ts"; const handle = (path, init) => app.fetch(new Request("http://app.test/" + path, init));',
    ],
    [
      "next",
      `import { createRequire } from "node:module"; const { NextRequest } = createRequire(import.meta.url)("next/server");
       import { GET as agents } from "./next/app/agents/route.ts"; import { GET as agent } from "./next/app/agents/[agent]/route.ts";
       const handle = (path, init) => { const request = new NextRequest("http://app.test/" + path, init); const name = path.split("/")[1];
         return name === undefined ? agents(request) : agent(request, { params: Promise.resolve({ agent: name }) }); };`,
    ],
  ])("%s, with a Keyward elsewhere", async (_name, load) => {
    expect(await runBeside(remote(load).replace('"KEYS"', JSON.stringify(keys)))).toEqual([200, 200, 403, 200, 403]);
  });

  test("the proxy of Next lets requests with a key go on, with the organization, and refuses others", async () => {
    const program = `import { createRequire } from "node:module"; const { NextRequest } = createRequire(import.meta.url)("next/server");
      import { proxy } from "./next/proxy.ts";
      const admitted = await proxy(new NextRequest("http://app.test/internal", { headers: { "x-api-key": ${JSON.stringify(keys.all)} } }));
      const refused = await proxy(new NextRequest("http://app.test/internal"));
      console.log(JSON.stringify([admitted.headers.get("x-middleware-next"), admitted.headers.get("x-middleware-request-x-organization"), refused.status]));
      process.exit();`;
    expect(await runBeside(program)).toEqual(["1", organization, 401]);
  });
});
