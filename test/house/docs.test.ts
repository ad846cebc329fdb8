/** The documentation is true: generated pages are what the code says, and the README's tour prints what it shows. */
import { execFile } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { pages } from "../../docs/generate.ts";
import { CHECKLIST } from "../../engine/diagnosis.ts";
import { traceDirectory } from "../support/root.ts";
import { freePort, startServer } from "../support/server.ts";
import { consoleBlocks, runConsole } from "./console.ts";

const project = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(project, path), "utf8");

test.each(Object.entries(pages()))("docs/%s agrees with the code; otherwise run `npm run docs`", (path, text) => {
  expect(read(`docs/${path}`)).toBe(text);
});

/** How the README starts the server of a documented system, without the data directory, which is the test's own. */
const [, SYSTEM = "", SYSTEM_OPTIONS = ""] = /^npm start -- --platform (\w+) (.*?) --data \S+/m.exec(read("README.md")) ?? [];
const documentedSystem = { platform: SYSTEM, args: SYSTEM_OPTIONS.split(" ") };

test("README: the server of the documented system does not start beside the tour's, says so, and does on a port of its own", async () => {
  const first = await startServer();
  const { port } = new URL(first.url);
  const [, otherPort] = /add `(--port) \d+`/.exec(read("README.md")) ?? [];
  const serve = ["serve", "--platform", SYSTEM, ...documentedSystem.args, "--data", traceDirectory("readme")];
  await expect(promisify(execFile)(join(project, "bin/keyward"), serve, { env: { ...process.env, PORT: port } })).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`port ${port} is taken; name another with ${otherPort} or PORT`),
  });
  const second = await startServer(documentedSystem);
  expect([await statusOf(first.url), await statusOf(second.url)]).toEqual([200, 200]);
});

test("docs/README.md is the map of the documentation: it leads to every page", () => {
  const links = [...read("docs/README.md").matchAll(/\]\(([^)#]+)/g)].map(([, link = ""]) => join("docs", link));
  const pages = globSync(["*.md", "docs/**/*.md", "sdk/*.md"], { cwd: project }).filter((page) => page !== "docs/README.md");
  expect(pages.filter((page) => !links.includes(page))).toEqual([]);
});

test("every file that the documentation names is there", () => {
  const pages = globSync(["*.md", "docs/**/*.md", "sdk/*.md"], { cwd: project });
  const named = pages.flatMap((page) =>
    [...read(page).matchAll(/`([\w.-]+\/[\w./-]+\.(?:tsx?|sh))`/g)].map(([, file = ""]) => ({ page, file })),
  );
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter(({ file }) => !existsSync(join(project, file)))).toEqual([]);
});

test("decisions are numbered from one, without gaps, and none shares its number with another", () => {
  const files = globSync("docs/decisions/*.md", { cwd: project }).sort();
  const numberAt = (at: number) => String(at + 1).padStart(4, "0");
  expect(files.map((file) => basename(file).slice(0, 4))).toEqual(files.map((_, at) => numberAt(at)));
  for (const file of files) expect(read(file), file).toMatch(new RegExp(`^# ${basename(file).slice(0, 4)} .+\n\n\\d{4}-\\d\\d-\\d\\d\n`));
});

const statusOf = async (url: string) => (await fetch(`${url}/keyward/health`)).status;

test("every setting that the code reads from the environment is in the README or on a page of docs, KEYWARD_PLATFORM in the README's table", () => {
  const sources = ["config.ts", ...globSync(["cli/*.ts", "identity/*.ts", "http/**/*.ts"], { cwd: project })];
  const named = new Set(sources.flatMap((path) => read(path).match(/KEYWARD_[A-Z_]*[A-Z]/g) ?? []));
  const documented = globSync(["README.md", "docs/**/*.md"], { cwd: project }).map(read).join("\n");
  expect(named.size).toBeGreaterThan(5);
  expect([...named].filter((name) => !documented.includes(`\`${name}\``))).toEqual([]);
  expect(read("README.md")).toMatch(/^\| `KEYWARD_PLATFORM`, `--platform` \|/m);
});

test.each([
  ["the tour", 0, {}],
  ["a documented system, whole", 1, documentedSystem],
])("README: %s prints what it shows, against a server that was started as it says", async (_name, at, options) => {
  const { commands, printed, shown } = await runConsole(consoleBlocks(read("README.md"))[at] ?? "", await startServer(options), project);
  expect(commands).toBeGreaterThan(3);
  expect(printed).toBe(shown);
});

test("docs/guide/operate.md: the checklist is what `keyward doctor` checks", () => {
  const [, rows = ""] = /\| check \| what should be so \|\n\|---\|---\|\n((?:\|.*\n)+)/.exec(read("docs/guide/operate.md")) ?? [];
  expect(rows.trim().split("\n")).toEqual(CHECKLIST.map(({ name, title }) => `| \`${name}\` | ${title} |`));
});

test("docs/guide/operate.md: Prometheus reads the metrics with each configuration that stands there", async () => {
  const configurations = [...read("docs/guide/operate.md").matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml = ""]) => yaml);
  expect(configurations).toHaveLength(2);
  const [besideOthers, ownListener] = configurations.map((yaml) => {
    const setting = (name: string) => new RegExp(`^ +(?:- )?${name}: (.+)$`, "m").exec(yaml)?.[1];
    expect(yaml).toMatch(/^scrape_configs:\n {2}- job_name: keyward\n/);
    return {
      path: setting("metrics_path") ?? "/metrics",
      type: setting("type"),
      takesToken: setting("credentials_file") !== undefined,
      target: setting("targets"),
    };
  });
  const scrape = async (url: string, headers: Record<string, string> = {}) => (await fetch(url, { headers })).text();

  const server = await startServer();
  expect(besideOthers).toMatchObject({ type: "Bearer", takesToken: true });
  const token = await server.newServiceToken();
  expect(await scrape(server.url + besideOthers?.path, { authorization: `${besideOthers?.type} ${token}` })).toContain(
    "keyward_verifications_total{",
  );

  const [, documentedPort] = /KEYWARD_METRICS_PORT=(\d+)/.exec(read("docs/guide/operate.md")) ?? [];
  expect(ownListener).toMatchObject({ takesToken: false, target: `["127.0.0.1:${documentedPort}"]` });
  // A port of the test's own: the documented one may be in use on this machine.
  const port = await freePort();
  await startServer({ env: { KEYWARD_METRICS_PORT: String(port) } });
  expect(await scrape(`http://127.0.0.1:${port}${ownListener?.path}`)).toContain("keyward_verifications_total{");
});
