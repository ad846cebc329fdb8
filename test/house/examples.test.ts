/** The `@example` blocks of the public surface compile: what they call is there, and takes and returns what they say. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { typescript } from "../../packaging/typescript.ts";

const project = join(import.meta.dirname, "../..");

/** What the examples of these files may use without declaring it. */
const SURFACES: readonly (readonly [files: string[], given: string])[] = [
  [
    ["service", "stores/sqlite/open.ts", "stores/*contract.ts", "platforms/define.ts"],
    `import { definePlatform, keyward, type Keyward, platforms } from "${project}/index.ts";
     import type { Store } from "${project}/stores/contract.ts";
     import { openSqlite } from "${project}/stores/sqlite/open.ts";
     declare const kw: Keyward, store: Store;
     declare const organizationId: string, keyId: string, presented: string, secret: string, digest: string, auditId: string, now: number;
     declare const socket: import("node:net").Socket;
     declare function serve(organizationId: string | null): Promise<Response>;`,
  ],
  [
    ["sdk/client.ts", "sdk/errors.ts", "sdk/idempotency-key.ts", "sdk/resources"],
    `import { KeywardClient, KeywardError, newIdempotencyKey } from "${project}/sdk/index.ts";
     declare const client: KeywardClient;
     declare const organizationId: string, keyId: string, key: string, password: string;
     declare const location: { assign(url: string): void };`,
  ],
];

/** The examples in the comments of one file, each without its stars. */
function examplesIn(file: string): string[] {
  const comments = readFileSync(join(project, file), "utf8").match(/\/\*\*[\s\S]*?\*\//g) ?? [];
  return comments
    .flatMap((comment) => comment.split(/@example\n/).slice(1))
    .map((example) =>
      example
        .replace(/\s*\*\/$/, "")
        .replace(/\n\s*\* @[\s\S]*$/, "")
        .replace(/^\s*\* ?/gm, ""),
    );
}

test.each(SURFACES)("the examples of %s compile", async (paths, given) => {
  const files = execFileSync("git", ["ls-files", ...paths], { cwd: project, encoding: "utf8" })
    .split("\n")
    .filter((file) => file !== "");
  const withExamples = files.map((file) => ({ file, examples: examplesIn(file) })).filter(({ examples }) => examples.length > 0);
  expect(withExamples.length).toBeGreaterThan(2);
  // Below node_modules, so that packages are found and no other test takes it for a part of the project.
  const directory = mkdtempSync(join(project, "node_modules/.examples-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  // One file for each, named after it, so that an error says where it is.
  const names = withExamples.map(({ file, examples }) => {
    const name = file.replaceAll("/", "-");
    writeFileSync(join(directory, name), `${given}\n${examples.map((example) => `async () => {\n${example}\n};`).join("\n")}\n`);
    return name;
  });
  const compilerOptions = { lib: ["es2025", "dom", "dom.iterable"], types: ["node"] };
  const config = { extends: join(project, "tsconfig.json"), compilerOptions, files: names, include: [], exclude: [] };
  writeFileSync(join(directory, "tsconfig.json"), JSON.stringify(config));
  expect(await typescript(["-p", directory])).toBe("");
});
