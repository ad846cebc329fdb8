/**
 * The command line of Keyward in a few files instead of hundreds. Tests start some hundred servers as processes, and finding and linking
 * the modules is half of what a start takes. It is the same code, and what it looks for beside itself is where its sources are.
 */
import { createHash } from "node:crypto";
import { globSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { rolldown } from "rolldown";

const PROJECT = join(import.meta.dirname, "../..");
/** Among the modules, where what is not put into the files is found. */
const BUILT = join(PROJECT, "node_modules/.cache/keyward-program");
const ENTRIES = {
  "cli-main": "cli/main.ts",
  "stores-sqlite-worker": "stores/sqlite/worker.ts",
  "threads-worker": "threads/worker.ts",
};
/** They look for files beside their own, or are loaded by what does. */
const LEFT_OUT = /^(pino|pg|@opentelemetry\/.*)$/;

const WORKER = 'new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url)';
const DAY_MS = 86_400_000;

/** The file to start: `node FILE serve …`. The same code has the same address, so that Node finds what it has compiled. */
export async function ensureProgram(): Promise<string> {
  const built = await rolldown({
    cwd: PROJECT,
    input: ENTRIES,
    platform: "node",
    external: LEFT_OUT,
    logLevel: "silent",
    plugins: [{ name: "where-sources-are", transform: { filter: { code: /import\.meta\.|worker\.ts/ }, handler: whereSourcesAre } }],
  });
  const { output } = await built.generate({ format: "esm", entryFileNames: "[name].js", sourcemap: false });
  await built.close();
  const files = output.flatMap((file) => (file.type === "chunk" ? [[file.fileName, file.code] as const] : []));
  const digest = createHash("sha256").update(JSON.stringify(files)).digest("hex").slice(0, 32);
  const directory = join(BUILT, digest);
  mkdirSync(BUILT, { recursive: true });
  const whole = mkdtempSync(join(BUILT, "new-"));
  for (const [name, code] of files) writeFileSync(join(whole, name), code);
  try {
    renameSync(whole, directory);
  } catch {
    rmSync(whole, { recursive: true });
  }
  const now = new Date();
  utimesSync(directory, now, now);
  // Others are of older code; those of today may be in use by another run.
  for (const other of globSync(join(BUILT, "*"))) if (statSync(other).mtimeMs < now.getTime() - DAY_MS) rmSync(other, { recursive: true });
  return join(directory, "cli-main.js");
}

/** What is beside the sources is looked for there; the program of a thread is one of the files. */
function whereSourcesAre(code: string, id: string): string {
  const worker = `"./${relative(PROJECT, dirname(id)).replaceAll("/", "-")}-worker.js"`;
  const parts = code.split(WORKER).map((part) =>
    part
      .replaceAll("import.meta.dirname", JSON.stringify(dirname(id)))
      .replaceAll("import.meta.filename", JSON.stringify(id))
      .replaceAll("import.meta.url", JSON.stringify(pathToFileURL(id).href)),
  );
  return parts.join(`new URL(${worker}, import.meta.url)`);
}
