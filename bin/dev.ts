/**
 * `npm run dev`: runs the server and restarts it when a source file changes. A changed dashboard or SDK is rebuilt, as at every start. Takes
 * the options of `keyward serve`.
 */
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";

const project = join(import.meta.dirname, "..");

/** Folders to ignore: those that the server does not load, those that it writes, and the dashboard with its builds. */
const NOT_WATCHED = new Set(["bench", "bin", "dashboard", "data", "dist", "docs", "node_modules", "test"]);
const DASHBOARD = ["src", "index.html", "vite.config.ts"].map((name) => `dashboard/${name}`);

function watched(): string[] {
  const entries = readdirSync(project, { withFileTypes: true }).filter(({ name }) => !name.startsWith(".") && !NOT_WATCHED.has(name));
  return [...entries.filter((entry) => entry.isDirectory() || entry.name.endsWith(".ts")).map(({ name }) => name), ...DASHBOARD];
}

const watch = watched().map((path) => `--watch-path=${join(project, path)}`);
const server = [join(project, "cli/main.ts"), "serve", ...process.argv.slice(2)];
const child = spawn(process.execPath, ["--watch-preserve-output", ...watch, ...server], { stdio: "inherit" });
// Ctrl-C reaches the whole process group; this process ends after the server.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => child.kill("SIGTERM"));
child.on("exit", (code) => {
  process.exitCode = code ?? 0;
});
