/**
 * The built dashboard, made when its sources have changed. Each build lies in `dist/<digest of what it was made of>` and gets that name
 * when it is whole: two starts at once, and a kill at any moment, leave either a good build or none.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface EnsureBuiltOptions {
  /** Where `dashboard/`, `sdk/` and `package-lock.json` are. */
  readonly project: string;
  /** Takes one sentence for whoever started this. */
  readonly say: (sentence: string) => void;
  /** Gives up building. */
  readonly signal?: AbortSignal | undefined;
}

const BUILD_MS = 180_000;

/** The directory of a build that fits the sources; null when there is none and none could be made, which has been said. */
export async function ensureBuilt(options: EnsureBuiltOptions): Promise<string | null> {
  try {
    return await findOrBuild(options);
  } catch (error) {
    options.say(`the dashboard cannot be read, and is not served: ${error instanceof Error ? error.message : error}`);
    return null;
  }
}

async function findOrBuild({ project, say, signal }: EnsureBuiltOptions): Promise<string | null> {
  const dist = distOf(project);
  const name = hasSources(project) ? digestOfSources(project) : anyBuild(dist);
  if (name === undefined) {
    say("the dashboard is not part of this copy, and is not served.");
    return null;
  }
  const directory = join(dist, name);
  if (existsSync(join(directory, "index.html"))) return directory;
  say("building the dashboard (once)…");
  const failure = await build(project, name, signal);
  if (failure === undefined) return directory;
  if (signal?.aborted !== true) say(`the dashboard could not be built, and is not served: ${failure}`);
  return null;
}

export const distOf = (project: string) => join(project, "dashboard/dist");

/** SHA-256 over paths and contents, shortened. What was built says nothing of itself: a changed lock file is another build. */
export function digestOfSources(project: string): string {
  const hash = createHash("sha256");
  for (const path of [...filesBelow(project, "dashboard"), ...filesBelow(project, "sdk"), "package-lock.json"]) {
    const content = readFileSync(join(project, path));
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex").slice(0, 32);
}

/** Sorted, without what is made, installed or hidden. */
function filesBelow(project: string, folder: string): string[] {
  const entries = readdirSync(join(project, folder), { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    if (entry.name.startsWith(".") || entry.name === "node_modules" || entry.name === "dist") return [];
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesBelow(project, path) : [path];
  });
}

function hasSources(project: string): boolean {
  return ["dashboard/vite.config.ts", "sdk", "package-lock.json"].every((path) => existsSync(join(project, path)));
}

/** A package that is published brings one build and no sources. */
function anyBuild(dist: string): string | undefined {
  if (!existsSync(dist)) return undefined;
  return readdirSync(dist).find((name) => !name.startsWith(".") && existsSync(join(dist, name, "index.html")));
}

/**
 * Builds in a process of its own, whose memory is gone when it ends. Answers why it failed. The environment is not passed on: what is
 * in it must not change what is built, and some of it is secret.
 */
function build(project: string, name: string, signal: AbortSignal | undefined): Promise<string | undefined> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "build.ts"), project, name], {
    env: { NODE_ENV: "production" },
    stdio: ["ignore", "ignore", "pipe"],
    timeout: BUILD_MS,
    killSignal: "SIGKILL",
    ...(signal !== undefined && { signal }),
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code) => resolve(code === 0 ? undefined : (firstLine(said) ?? "the build ended without a word")));
  });
}

function firstLine(text: string): string | undefined {
  return text
    .split("\n")
    .map((line) => line.trim())
    .find((line) => line !== "");
}
