/** No file imports itself by way of others, values or types: each file can be read, and moved, after those that it imports. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { describe, expect, test } from "vitest";

const project = join(import.meta.dirname, "../..");

// Comments and texts, so that an import inside one is not counted.
const lexemes = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/g;
/** `from "./a.ts"`, `import "./a.ts"`, `import("./a.ts")`, with `type` or without. */
const imports = /(?:\bfrom|\bimport)\s*\(?\s*["'](\.[^"']+)["']/g;

/** The relative imports of one file as paths from the root. */
function importsOf(file: string, source: string): string[] {
  const code = source.replace(lexemes, (lexeme) => (lexeme.startsWith("/") || lexeme.startsWith("`") ? " " : lexeme));
  return [...code.matchAll(imports)].map(([, path = ""]) => posix.join(posix.dirname(file), path));
}

/** The first cycle that a walk finds from each file: `a.ts -> b.ts -> a.ts`. */
function cycles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const path: string[] = [];
  const found: string[] = [];
  const visit = (file: string): void => {
    if (path.includes(file)) found.push([...path.slice(path.indexOf(file)), file].join(" -> "));
    if (done.has(file) || path.includes(file)) return;
    path.push(file);
    for (const next of graph.get(file) ?? []) visit(next);
    path.pop();
    done.add(file);
  };
  for (const file of graph.keys()) visit(file);
  return found;
}

test("no file of the project imports itself by way of others", () => {
  const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "*.ts", "*.tsx"], { cwd: project, encoding: "utf8" })
    .split("\n")
    .filter((file) => file !== "" && existsSync(join(project, file)));
  expect(files).toContain("test/house/cycles.test.ts");
  expect(cycles(new Map(files.map((file) => [file, importsOf(file, readFileSync(join(project, file), "utf8"))])))).toEqual([]);
});

describe("a cycle is named by the files on it", () => {
  test.each<[string, Record<string, string>, string[]]>([
    ["two files", { "a.ts": 'import { b } from "./b.ts";', "b.ts": 'import { a } from "./a.ts";' }, ["a.ts -> b.ts -> a.ts"]],
    [
      "by types alone",
      { "a.ts": 'import type { B } from "./x/b.ts";', "x/b.ts": 'export type { A } from "../a.ts";' },
      ["a.ts -> x/b.ts -> a.ts"],
    ],
    [
      "by an import when it is needed",
      { "a.ts": 'const b = await import("./b.ts");', "b.ts": 'import "./a.ts";' },
      ["a.ts -> b.ts -> a.ts"],
    ],
    [
      "three files, entered from outside",
      {
        "main.ts": 'import "./a.ts";',
        "a.ts": 'export * from "./b.ts";',
        "b.ts": 'import {\n  c,\n} from "./c.tsx";',
        "c.tsx": 'import "./a.ts";',
      },
      ["a.ts -> b.ts -> c.tsx -> a.ts"],
    ],
    ["a file and itself", { "a.ts": 'import { a } from "./a.ts";' }, ["a.ts -> a.ts"]],
    [
      "a diamond, which is none",
      { "a.ts": 'import "./b.ts"; import "./c.ts";', "b.ts": 'import "./d.ts";', "c.ts": 'import "./d.ts";', "d.ts": "" },
      [],
    ],
    ["comments and texts, which are none", { "a.ts": '// import "./a.ts"\nconst text = `import "./a.ts"`; /* import "./a.ts" */' }, []],
  ])("%s", (_sentence, files, named) => {
    expect(cycles(new Map(Object.entries(files).map(([file, source]) => [file, importsOf(file, source)])))).toEqual(named);
  });
});
