/** `npm run check`: types, lint and format, and the links of the documentation. Changes nothing. */
import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const project = join(import.meta.dirname, "..");

/** Runs a program of node_modules on this very Node: the machine's own may be older, or missing. */
function runs(script: string, ...args: string[]): boolean {
  return spawnSync(process.execPath, [join(project, "node_modules", script), ...args], { cwd: project, stdio: "inherit" }).status === 0;
}

/** The relative targets of a Markdown text: `[a](b)`, `![a](b)`, `[a]: b`, `href="b"`, `src="b"`, none of them inside code. */
function relativeLinks(markdown: string): string[] {
  const prose = markdown.replace(/^( *)(`{3,}|~{3,})[\s\S]*?^\s*\2.*$/gm, "").replace(/(`+)[^`][\s\S]*?\1/g, "");
  const targets = prose.matchAll(/\]\(\s*<?([^\s)>]+)|^ {0,3}\[[^\]^]+\]:\s*<?([^\s>]+)|\b(?:href|src)="([^"]+)"/gm);
  return [...targets]
    .map((match) => match[1] ?? match[2] ?? match[3] ?? "")
    .filter((target) => !/^(?:[a-z][a-z0-9+.-]*:|\/\/|#)/i.test(target));
}

function hasWholeLinks(): boolean {
  const pages = globSync(["*.md", "docs/**/*.md", "sdk/*.md"], { cwd: project });
  const broken = pages.flatMap((page) =>
    relativeLinks(readFileSync(join(project, page), "utf8"))
      .filter((target) => {
        const file = join(project, dirname(page), decodeURIComponent(target.replace(/[?#].*$/s, "")));
        return relative(project, file).startsWith("..") || !existsSync(file);
      })
      .map((target) => `${page}: no file at ${target}`),
  );
  for (const line of broken) console.error(line);
  return broken.length === 0;
}

const checks: Record<string, () => boolean> = {
  "types (tsc)": () => runs("typescript/bin/tsc", "--noEmit"),
  "types of the SDK, for browsers (tsc)": () => runs("typescript/bin/tsc", "--noEmit", "-p", "sdk"),
  "types of the dashboard (tsc)": () => runs("typescript/bin/tsc", "--noEmit", "-p", "dashboard"),
  "lint and format (biome)": () => runs("@biomejs/biome/bin/biome", "check", "."),
  "links in the documentation": hasWholeLinks,
};

const outcomes = Object.entries(checks).map(([name, isGood]) => ({ name, good: isGood() }));
for (const { name, good } of outcomes) console.log(`${good ? "ok    " : "FAILED"} ${name}`);
const failed = outcomes.filter(({ good }) => !good).length;
console.log(`${outcomes.length - failed} passed, ${failed} failed`);
process.exitCode = Number(failed > 0);
