/** What a file exports, another file imports. What only its own file uses is its own business, and what nothing uses is deleted. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { describe, expect, test } from "vitest";

const project = join(import.meta.dirname, "../..");

/** Files whose exports are for people outside the repository, besides those that a package names as its entry. */
const OUTWARD = [
  "stores/*contract.ts", // for whoever writes a store
  "examples/**/*.ts", // for whoever reads them
  "test/openapi-tools/clients/*.ts", // type-checked as somebody else's client
];

const declared = /^export (?:declare |async |abstract )*(?:interface|type|const|let|function\*?|class|namespace) (\w+)/gm;
const listed = /^export (?:type )?\{([^}]*)\}/gm;
const imported = /\b(?:import|export)\b(?:\s+type\b)?[^;{}"'`]*\{([^}]*)\}\s*from\s*["'](\.[^"']+)["']/g;
/** `import * as a from`, `export * from`, `import(...)`: any export may be used. */
const whole = /\*(?:\s*as\s+\w+)?\s*from\s*["'](\.[^"']+)["']|\bimport\(\s*["'](\.[^"']+)["']/g;

/** The names in `{ a, type B, c as d }`: what stands before `as` for an import, after it for an export. */
function names(list: string, side: 0 | 1): string[] {
  const parts = list.replace(/\/\/[^\n]*/g, "").split(",");
  return parts.map((part) => part.trim().replace(/^type\s+/, "")).flatMap((part) => part.split(/\s+as\s+/).at(side === 0 ? 0 : -1) || []);
}

/** `file: name` for each export that no other file imports. */
function unused(sources: ReadonlyMap<string, string>, isOutward: (file: string) => boolean): string[] {
  const used = new Set<string>();
  const use = (from: string, path: string, name: string) => used.add(`${posix.join(posix.dirname(from), path)}: ${name}`);
  for (const [file, source] of sources) {
    for (const [, list = "", path = ""] of source.matchAll(imported)) for (const name of names(list, 0)) use(file, path, name);
    for (const [, all, needed] of source.matchAll(whole)) use(file, all ?? needed ?? "", "*");
  }
  return [...sources]
    .filter(([file]) => !isOutward(file) && !used.has(`${file}: *`))
    .flatMap(([file, source]) => [
      ...[...source.matchAll(declared)].map(([, name]) => `${file}: ${name}`),
      ...[...source.matchAll(listed)].flatMap(([, list = ""]) => names(list, 1).map((name) => `${file}: ${name}`)),
    ])
    .filter((name) => !used.has(name));
}

/** The files that the packages of this repository name as their entries. */
function entries(): string[] {
  return ["", "sdk"].flatMap((folder) => {
    const { exports } = JSON.parse(readFileSync(join(project, folder, "package.json"), "utf8"));
    return [...JSON.stringify(exports).matchAll(/"(\.\/[^"]+\.ts)"/g)].map(([, path = ""]) => posix.join(folder, path));
  });
}

test("every export of the project is imported by another file, or is for people outside", () => {
  const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "*.ts", "*.tsx"], { cwd: project, encoding: "utf8" })
    .split("\n")
    .filter((file) => file !== "" && existsSync(join(project, file)));
  const sources = new Map(files.map((file) => [file, readFileSync(join(project, file), "utf8")]));
  const outward = [...entries(), ...OUTWARD];
  expect(outward).toContain("sdk/index.ts");
  expect(unused(sources, (file) => outward.some((pattern) => posix.matchesGlob(file, pattern)))).toEqual([]);
});

describe("an export counts as used", () => {
  test.each<[string, Record<string, string>, string[]]>([
    ["when a file imports it", { "a.ts": "export const a = 1;", "b.ts": 'import { a } from "./a.ts";' }, []],
    ["under another name", { "x/a.ts": "export function a() {}", "b.ts": 'import { a as b } from "./x/a.ts";' }, []],
    ["as a type", { "a.ts": "export interface A {}", "b.ts": 'import { type A } from "./a.ts";' }, []],
    ["on several lines", { "a.ts": "export class A {}\nexport type B = A;", "b.ts": 'import c, {\n  A,\n  type B,\n} from "./a.ts";' }, []],
    ["when its file is imported whole", { "a.ts": "export const a = 1;", "b.ts": 'const { a } = await import("./a.ts");' }, []],
    ["not when only its own file uses it", { "a.ts": "export const a = 1;\nuse(a);" }, ["a.ts: a"]],
    [
      "not when another file of that name is imported",
      { "a.ts": "export const a = 1;", "b.ts": 'import { a } from "./x/a.ts";' },
      ["a.ts: a"],
    ],
    [
      "not when it is passed on to nobody",
      { "a.ts": "export const a = 1;", "b.ts": 'export { a as b, a } from "./a.ts";\nimport { b } from "./b.ts";' },
      ["b.ts: a"],
    ],
  ])("%s", (_sentence, files, found) => {
    expect(unused(new Map(Object.entries(files)), () => false)).toEqual(found);
  });
});
