/** The dashboard is built when its sources have changed, and found otherwise: whole or not at all, whatever happens meanwhile. */
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { ensureBuilt } from "../../dashboard/ensure-built.ts";

/** Stops for ever after its first files when `hold` is there. */
const CONFIG = `
import { existsSync } from "node:fs";
const hold = { name: "hold", writeBundle: () => existsSync(import.meta.dirname + "/../hold") && new Promise(() => setInterval(() => {}, 1000)) };
export default { base: "./", plugins: [hold], build: { assetsDir: "keyward/assets", assetsInlineLimit: 0, modulePreload: { polyfill: false }, minify: false } };
`;
const SOURCES: Record<string, string> = {
  "package-lock.json": "{}",
  "sdk/index.ts": "export const one = 1;\n",
  "dashboard/vite.config.ts": CONFIG,
  "dashboard/index.html":
    '<!doctype html>\n<html><head><title>Small</title><script type="module" src="/src/main.ts"></script></head><body></body></html>\n',
  "dashboard/src/main.ts": `console.log(${JSON.stringify("a text that can be made shorter. ".repeat(20))}, import.meta.env.VITE_SECRET);\n`,
};

let project: string;
let said: string[];

beforeEach(() => {
  project = mkdtempSync(join(process.env.KEYWARD_TEST_ROOT ?? tmpdir(), "dashboard-"));
  onTestFinished(() => rmSync(project, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(SOURCES)) write(path, content);
  said = [];
});

function write(path: string, content: string): void {
  mkdirSync(dirname(join(project, path)), { recursive: true });
  writeFileSync(join(project, path), content);
}

const built = (signal?: AbortSignal) => ensureBuilt({ project, say: (sentence) => said.push(sentence), signal });
const dist = () => (existsSync(join(project, "dashboard/dist")) ? readdirSync(join(project, "dashboard/dist")) : []);
const isWhole = (directory: string | null) =>
  directory !== null && /keyward\/assets\/[\w-]+\.js/.test(readFileSync(join(directory, "index.html"), "utf8"));
const BUILDING = "building the dashboard (once)…";

test("the first start builds, and says so; the next one finds it, says nothing and writes nothing", async () => {
  const first = await built();
  expect([isWhole(first), said]).toEqual([true, [BUILDING]]);
  const before = globSync("**", { cwd: project });
  expect(await built()).toBe(first);
  expect([globSync("**", { cwd: project }), said]).toEqual([before, [BUILDING]]);
});

test.each(["dashboard/src/main.ts", "dashboard/src/new.ts", "sdk/index.ts", "package-lock.json"])(
  "a change of %s is another build, and changed back it is the one before",
  async (path) => {
    const first = await built();
    write(path, `${SOURCES[path] ?? ""}\n`);
    const second = await built();
    expect([isWhole(second), second === first]).toEqual([true, false]);
    if (SOURCES[path] === undefined) rmSync(join(project, path));
    else write(path, SOURCES[path]);
    expect(await built()).toBe(first);
    expect(said).toHaveLength(2);
  },
);

test.each(["dashboard/node_modules/a/index.js", "sdk/dist/index.js", "dashboard/.cache", "dashboard/src/.main.ts.swp"])(
  "what is installed, made or hidden changes nothing: %s",
  async (path) => {
    const first = await built();
    write(path, "changed");
    expect(await built()).toBe(first);
  },
);

test("of older builds two are kept, for servers that still serve them", async () => {
  for (const text of ["1", "2", "3", "4"]) {
    write("sdk/index.ts", text);
    await built();
  }
  expect(dist()).toHaveLength(3);
});

test("two starts at once end with one whole build", async () => {
  const [one, other] = await Promise.all([built(), built()]);
  expect([one === other, isWhole(one)]).toEqual([true, true]);
  expect(dist()).toHaveLength(1);
});

test("a build that is killed in the middle is no build, and the next start makes one and leaves nothing of it", async () => {
  write("hold", "");
  const killed = new AbortController();
  const first = built(killed.signal);
  while (globSync(".building-*/index.html", { cwd: join(project, "dashboard/dist") }).length === 0) await sleep(10);
  killed.abort();
  expect(await first).toBeNull();
  expect(dist()).toEqual([expect.stringMatching(/^\.building-/)]);
  rmSync(join(project, "hold"));
  expect(isWhole(await built())).toBe(true);
  expect(dist()).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/)]);
});

test("a build that fails leaves nothing, and is reported in one sentence with the reason", async () => {
  write("dashboard/src/main.ts", 'import "./missing.ts";\n');
  expect(await built()).toBeNull();
  expect(said).toEqual([BUILDING, expect.stringMatching(/^the dashboard could not be built, and is not served: [^\n]+$/)]);
  expect(said[1]).toContain("missing");
  expect(dist()).toEqual([]);
});

test("if nothing can be written, the error says why", async () => {
  write("dashboard/dist", "in the way");
  expect(await built()).toBeNull();
  expect(said[1]).toMatch(/^the dashboard could not be built, and is not served: E\w+/);
});

test("unreadable sources are reported, and nothing else fails", async () => {
  symlinkSync("nowhere", join(project, "dashboard/src/broken.ts"));
  expect([await built(), said]).toEqual([null, [expect.stringMatching(/^the dashboard cannot be read, and is not served: ENOENT/)]]);
});

test("a package without sources serves the build that it contains; without either, it says so", async () => {
  const directory = await built();
  for (const path of ["dashboard/src", "dashboard/vite.config.ts", "dashboard/index.html", "sdk", "package-lock.json"])
    rmSync(join(project, path), { recursive: true });
  said = [];
  expect([await built(), said]).toEqual([directory, []]);
  rmSync(join(project, "dashboard/dist"), { recursive: true });
  expect([await built(), said]).toEqual([null, [expect.stringMatching(/not part of this copy/)]]);
});

test("nothing of the environment gets into a build", async () => {
  vi.stubEnv("VITE_SECRET", "from-the-environment");
  vi.stubEnv("NODE_ENV", "test");
  onTestFinished(() => void vi.unstubAllEnvs());
  write("dashboard/.env", "VITE_SECRET=from-the-environment\n");
  const directory = await built();
  for (const file of globSync("**/*.js", { cwd: directory! }))
    expect(readFileSync(join(directory!, file), "utf8")).not.toContain("from-the-environment");
});

test("texts have smaller copies beside them, which say the same", async () => {
  const assets = join((await built())!, "keyward/assets");
  const [script] = globSync("*.js", { cwd: assets });
  const read = (ending: string) => readFileSync(join(assets, script + ending));
  expect(brotliDecompressSync(read(".br"))).toEqual(read(""));
  expect(gunzipSync(read(".gz"))).toEqual(read(""));
});

test("a failure to load the builder is reported without a stack", async () => {
  cpSync(join(import.meta.dirname, "../../dashboard"), join(project, "copy/dashboard"), {
    recursive: true,
    filter: (path) => !path.endsWith("dist"),
  });
  const { status, stderr } = spawnSync(process.execPath, [join(project, "copy/dashboard/build.ts"), project, "name"], {
    encoding: "utf8",
    env: {},
  });
  expect([status, stderr]).toEqual([1, expect.stringMatching(/^what builds it is not installed; [^\n]+\n$/)]);
});
