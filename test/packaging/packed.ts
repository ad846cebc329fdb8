/** The packages as somebody gets them: packed once for all tests of a file, and installed into projects that have no link to this checkout. */
import { execFile, execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join, sep } from "node:path";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { ensureInstalled } from "../../bench/ensure-installed.ts";
import { typescript } from "../../packaging/typescript.ts";
import { ROOT } from "../support/root.ts";

const project = join(import.meta.dirname, "../..");
export const FRAMEWORKS = join(import.meta.dirname, "frameworks");
export const TARBALLS = { keyward: "keyward.tgz", "@keyward/core": "keyward-core.tgz", "@keyward/sdk": "keyward-sdk.tgz" } as const;
export type PackageName = keyof typeof TARBALLS;

export const tarball = (name: PackageName) => join(project, "dist", TARBALLS[name]);

async function packAll(): Promise<void> {
  await promisify(execFile)(process.execPath, [join(project, "packaging/build.ts")]);
}

/** Packs once for all files of a run, which would otherwise replace each other's tarballs while they are read. */
export async function packOnce(): Promise<void> {
  const [begun, packed] = [join(ROOT, "packing"), join(ROOT, "packed")];
  try {
    mkdirSync(begun);
  } catch {
    while (!existsSync(packed)) {
      if (existsSync(join(begun, "failed"))) throw new Error("another test file could not pack");
      await setTimeout(200);
    }
    return;
  }
  try {
    await packAll();
  } catch (error) {
    writeFileSync(join(begun, "failed"), "");
    throw error;
  }
  writeFileSync(packed, "");
}

/** An empty project, in which npm installs tarballs. Returns its directory. */
export async function installed(...names: readonly PackageName[]): Promise<string> {
  const directory = emptyProject();
  const path = (process.env.PATH ?? "").split(delimiter).filter((entry) => !entry.endsWith(`${sep}node_modules${sep}.bin`));
  const args = ["install", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error", ...names.map(tarball)];
  await promisify(execFile)("npm", args, { cwd: directory, env: { ...process.env, PATH: path.join(delimiter) } });
  return directory;
}

/** A project with the frameworks, which are installed once for all runs: together they have 290 MB. */
export async function projectWithFrameworks(): Promise<string> {
  // What Next compiles and shrinks images with: 115 MB of native code that a proxy and a route handler do not run.
  await ensureInstalled(FRAMEWORKS, "--omit=optional");
  const directory = emptyProject();
  symlinkSync(join(FRAMEWORKS, "node_modules"), join(directory, "node_modules"));
  return directory;
}

/** Unpacks the tarballs of the libraries beside the frameworks, as npm does it. */
export function unpackBeside(): void {
  for (const name of ["@keyward/core", "@keyward/sdk"] as const) {
    const target = join(FRAMEWORKS, "node_modules", name);
    mkdirSync(target, { recursive: true });
    execFileSync("tar", ["-xzf", tarball(name), "--strip-components=1", "-C", target]);
  }
}

function emptyProject(): string {
  const directory = mkdtempSync(join(ROOT, "project-"));
  writeFileSync(join(directory, "package.json"), '{"name":"a-project","private":true,"type":"module"}');
  return directory;
}

/** Runs a program in a project on this very Node. Returns what it printed. @throws Error with all that it said, when it fails */
export async function run(cwd: string, args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [...args], { cwd, env: { ...process.env, ...env } }).catch(
    (failure: { stdout: string; stderr: string }) => {
      throw new Error(`${args.join(" ")} failed:\n${failure.stdout}\n${failure.stderr}`);
    },
  );
  return stdout;
}

/**
 * Type-checks files of a project as a strict TypeScript project does, and the declarations of our packages with them: all in one program, for the
 * declarations of the frameworks take longer than the files. Returns what the compiler said of each file.
 */
export async function typeCheck(cwd: string, files: readonly string[]): Promise<string[]> {
  const compilerOptions = {
    strict: true,
    noEmit: true,
    module: "nodenext",
    target: "es2024",
    lib: ["es2024", "dom", "dom.iterable"],
    types: ["node"],
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    allowImportingTsExtensions: true,
    skipLibCheck: false,
  };
  writeFileSync(join(cwd, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
  const complaints = await typescript(["-p", "tsconfig.json"], cwd);
  // The declarations of some frameworks have errors of their own.
  return complaints
    .split("\n")
    .filter((line) => /error TS/.test(line) && !/node_modules\/(?!@keyward\/)/.test(line.split("(", 1)[0] ?? ""));
}
