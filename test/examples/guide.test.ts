/** docs/guide/your-platform.md, run: its file is written, started and typed as the page says, and answers as the page says. */
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { cleanEnvironment, PROJECT, script } from "../cli/script.ts";
import { secret, traceDirectory } from "../support/root.ts";

const PAGE = readFileSync(join(PROJECT, "docs/guide/your-platform.md"), "utf8");
const blocks = (language: string) => [...PAGE.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map((match) => match[1]!);
const [FILE = "", ...moreFiles] = blocks("ts");
const [SERVE = "", ...SESSIONS] = blocks("console");

/** A directory that is what the checkout is to a reader: the command line in bin, and the library under its own name. */
function checkout(): string {
  const cwd = traceDirectory("guide");
  mkdirSync(join(cwd, "node_modules"));
  symlinkSync(PROJECT, join(cwd, "node_modules/keyward"));
  symlinkSync(join(PROJECT, "bin"), join(cwd, "bin"));
  writeFileSync(join(cwd, "my-platform.ts"), FILE);
  return cwd;
}

/** The page with each id and key that it shows as a word, which is the same word wherever it stands again; times are any. */
function asScript(session: string, words: Map<string, string>): string {
  return session
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "…")
    .replace(/\b(?:org_|key_)\w{26}\b|\blm_live_(?:\w{43}\b|\w{4}(?="))/g, (shown) => {
      if (!words.has(shown)) words.set(shown, `{w${words.size}}`);
      return words.get(shown)!;
    });
}

test("the page has one file, a start, and what is typed after it", () => {
  expect([FILE !== "", moreFiles.length, SESSIONS.length]).toEqual([true, 0, 6]);
  expect([...PAGE.matchAll(/^```(\w*)$/gm)].map((match) => match[1]).filter((language) => language !== "")).toEqual(["ts", "console", ...SESSIONS.map(() => "console")]);
});

test("the file is right for the type checker", () => {
  const flags = "--noEmit --strict --exactOptionalPropertyTypes --noUncheckedIndexedAccess --module nodenext --target es2025 --lib es2025 --types node --skipLibCheck --erasableSyntaxOnly --allowImportingTsExtensions";
  const args = [join(PROJECT, "node_modules/typescript/bin/tsc"), ...flags.split(" "), "--typeRoots", join(PROJECT, "node_modules/@types"), "my-platform.ts"];
  expect(execFileSync(process.execPath, args, { cwd: checkout(), encoding: "utf8" })).toBe("");
});

test("what the page starts and types is answered as on the page", async () => {
  const cwd = checkout();
  const [, command, listening] = /^\$ (.*)\n(.*)\n$/.exec(SERVE)!;
  const server = spawn("sh", ["-c", `exec ${command} --port 0 2>server.log`], { cwd, env: cleanEnvironment(), stdio: ["ignore", "pipe", "ignore"] });
  onTestFinished(() => void server.kill("SIGKILL"));
  const { value: line = "the server ended before it listened" } = await createInterface(server.stdout)[Symbol.asyncIterator]().next();
  expect(line.replace(/\d+$/, "4000")).toBe(listening);
  const url = line.replace("listening on ", "");

  const words = new Map<string, string>();
  const manual = SESSIONS.map((session) => asScript(session, words)).join("").replaceAll("http://127.0.0.1:4000", url);
  const met = await script(manual, { cwd });
  for (const word of Object.values(met)) if (word.startsWith("lm_")) secret(word);
  expect(words.size).toBe(6);
  for (const [shown, word] of words) expect(met[word.slice(1, -1)], shown).toMatch(new RegExp(`^${shown.replace(/[^_]+$/, (random) => `\\w{${random.length}}`)}$`));
});
