/** What an application loads: an adapter alone is two files, and admission has no framework, no OpenAPI and no database. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";

const project = join(import.meta.dirname, "../..");

/** Every file that Node loads for a module of the project, as paths from the project's root. */
function loadedFor(specifier: string): string[] {
  const program = `
    import { registerHooks } from "node:module";
    const loaded = [];
    registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
    await import(${JSON.stringify(specifier)});
    console.log(JSON.stringify(loaded));`;
  const printed = execFileSync(process.execPath, ["--input-type=module", "--eval", program], { cwd: project, encoding: "utf8" });
  const root = `${pathToFileURL(project)}/`;
  return (JSON.parse(printed) as string[])
    .filter((url) => url.startsWith("file:"))
    .map((url) => (url.startsWith(root) ? url.slice(root.length) : url));
}

const packagesOf = (loaded: readonly string[]) =>
  [...new Set(loaded.flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []))].sort();

test.each([
  ["node", []],
  ["express", ["adapters/node.ts"]],
  ["fastify", []],
  ["hono", ["adapters/web-response.ts"]],
  ["fetch", ["adapters/web-response.ts"]],
])("the adapter for %s loads itself, so that a package without dependencies can have it", (name, shared) => {
  expect(loadedFor(`keyward/${name}`).sort()).toEqual([`adapters/${name}.ts`, "adapters/route.ts", ...shared].sort());
});

test("admission loads the rules and the one package that knows public suffixes", () => {
  const loaded = loadedFor("./admission/local-port.ts");
  expect(packagesOf(loaded)).toEqual(["tldts"]);
  const own = loaded.filter((path) => !path.includes("node_modules"));
  const folders = new Set(own.map((path) => path.split("/", 1)[0]));
  expect([...folders].sort()).toEqual(["admission", "engine", "service", "stores"]);
  expect(own.filter((path) => /^(?:service|stores)/.test(path))).toEqual(["service/store-unavailable.ts", "stores/contract.ts"]);
  // It was 64 files of ours before admission stood alone.
  expect(own.length, own.join("\n")).toBeLessThanOrEqual(30);
});

test("the server loads nothing of OpenTelemetry before it is configured", () => {
  expect(packagesOf(loadedFor("./server.ts")).filter((name) => name.startsWith("@opentelemetry"))).toEqual([]);
});

test("the library loads no framework, and Kysely only in its database thread", () => {
  expect(packagesOf(loadedFor("keyward"))).toEqual(["tldts"]);
  expect(packagesOf(loadedFor("keyward/sqlite"))).toEqual([]);
});
