/** `node dashboard/build.ts PROJECT NAME`: builds the dashboard into `dist/NAME`. Runs in a process of its own; says one line when it fails. */
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { distOf } from "./ensure-built.ts";
import { precompress } from "./precompress.ts";

/** Builds that stay beside the new one: a server that runs still serves its own. */
const KEPT_BUILDS = 2;
const REASON_CHARACTERS = 300;

async function buildInto(directory: string, project: string): Promise<void> {
  const { build } = await import("vite");
  const root = join(project, "dashboard");
  await build({
    root,
    configFile: join(root, "vite.config.ts"),
    // Reads the file as Node does, and writes nothing beside it.
    configLoader: "native",
    envDir: false,
    logLevel: "silent",
    build: { outDir: directory, emptyOutDir: true },
  });
  await precompress(directory);
}

/** Gives the finished build its name. Whoever built the same at the same time may have been first: then that one stays. */
async function publish(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!["ENOTEMPTY", "EEXIST"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    await rm(from, { recursive: true, force: true });
  }
}

/** Removes what builds that were killed have left, and all but the newest of the others. */
async function tidy(dist: string, current: string): Promise<void> {
  const names = await readdir(dist);
  const abandoned = names.filter((name) => name.startsWith(".building-") && !isRunning(Number(name.slice(".building-".length))));
  const others = await Promise.all(
    names
      .filter((name) => !name.startsWith(".") && name !== current)
      .map(async (name) => ({ name, at: (await stat(join(dist, name))).mtimeMs })),
  );
  const old = others.sort((a, b) => b.at - a.at).slice(KEPT_BUILDS);
  for (const name of [...abandoned, ...old.map((other) => other.name)]) await rm(join(dist, name), { recursive: true, force: true });
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function reason(error: unknown): string {
  if ((error as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND")
    return "what builds it is not installed; remove node_modules and start again without NODE_ENV=production";
  const text = stripVTControlCharacters(error instanceof Error ? error.message : String(error));
  return text.replace(/\s+/g, " ").trim().slice(0, REASON_CHARACTERS);
}

const [project = "", name = ""] = process.argv.slice(2);
const dist = distOf(project);
const building = join(dist, `.building-${process.pid}`);
try {
  await mkdir(dist, { recursive: true });
  await buildInto(building, project);
  await publish(building, join(dist, name));
  await tidy(dist, name).catch(() => undefined);
} catch (error) {
  await rm(building, { recursive: true, force: true }).catch(() => undefined);
  process.stderr.write(`${reason(error)}\n`);
  process.exitCode = 1;
}
