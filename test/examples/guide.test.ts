/** docs/guide/your-platform.md, run: its file is written, started and typed as the page says, and responds as the page says. */
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { typescript } from "../../packaging/typescript.ts";
import { cleanEnvironment, PROJECT, script } from "../cli/script.ts";
import { secret, traceDirectory } from "../support/root.ts";

const PAGE = readFileSync(join(PROJECT, "docs/guide/your-platform.md"), "utf8");
/** The fenced blocks of the page, in its order. */
const BLOCKS = [...PAGE.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language = "", content = ""]) => ({ language, content }));
const FILES = BLOCKS.filter(({ language }) => language === "ts").map(({ content }) => content);
const isStart = (content: string) => content.startsWith("$ bin/keyward serve");

/** A directory that is what the checkout is to a reader: the command line in bin, and the library under its own name. */
function checkout(): string {
  const cwd = traceDirectory("guide");
  mkdirSync(join(cwd, "node_modules"));
  symlinkSync(PROJECT, join(cwd, "node_modules/keyward"));
  symlinkSync(join(PROJECT, "bin"), join(cwd, "bin"));
  return cwd;
}

/** Starts the server as the page says, but on a free port; returns its address. */
async function start(block: string, cwd: string): Promise<{ url: string; stop: () => Promise<void> }> {
  const [, command, listening] = /^\$ (.*)\n(.*)\n$/.exec(block)!;
  const server = spawn("sh", ["-c", `exec ${command} --port 0 2>>server.log`], {
    cwd,
    env: cleanEnvironment(),
    stdio: ["ignore", "pipe", "ignore"],
  });
  onTestFinished(() => void server.kill("SIGKILL"));
  const ended = new Promise<void>((done) => server.once("exit", () => done()));
  const { value: line = "the server ended before it listened" } = await createInterface(server.stdout)[Symbol.asyncIterator]().next();
  expect(line.replace(/\d+$/, "4000")).toBe(listening);
  const stop = () => {
    server.kill("SIGINT");
    return ended;
  };
  return { url: line.replace("listening on ", ""), stop };
}

/** The page with each id and key that it shows as a word, which is the same word wherever it stands again; times and ids of requests are any. */
function asScript(session: string, words: Map<string, string>): string {
  return session
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z|\breq_[0-9a-f]{24}\b/g, "…")
    .replace(/\b(?:org_|key_)\w{26}\b|\blm_live_(?:\w{43}\b|\w{4}(?="))/g, (shown) => {
      if (!words.has(shown)) words.set(shown, `{w${words.size}}`);
      return words.get(shown)!;
    });
}

test("the page has a file of twenty lines and its start, then a longer one and its start, and sessions after each", () => {
  expect(FILES[0]!.trimEnd().split("\n").length).toBeLessThanOrEqual(20);
  const kinds = BLOCKS.map(({ language, content }) => (language === "console" ? (isStart(content) ? "start" : "session") : language));
  expect(kinds).toEqual(["ts", "start", "session", "session", "session", "ts", "start", ...Array(4).fill("session")]);
});

test.each(FILES.map((file, at) => [at + 1, file] as const))("file %i is right for the type checker", async (_at, file) => {
  const cwd = checkout();
  writeFileSync(join(cwd, "my-platform.ts"), file);
  const flags =
    "--noEmit --strict --exactOptionalPropertyTypes --noUncheckedIndexedAccess --module nodenext --target es2025 --lib es2025 --types node --skipLibCheck --erasableSyntaxOnly --allowImportingTsExtensions";
  const args = [...flags.split(" "), "--typeRoots", join(PROJECT, "node_modules/@types"), "my-platform.ts"];
  expect(await typescript(args, cwd)).toBe("");
});

test("what the page starts and types prints what the page shows", async () => {
  const cwd = checkout();
  const words = new Map<string, string>();
  let met: Record<string, string> = {};
  let server: Awaited<ReturnType<typeof start>> | undefined;
  for (const { language, content } of BLOCKS) {
    if (language === "ts") {
      await server?.stop();
      writeFileSync(join(cwd, "my-platform.ts"), content);
    } else if (isStart(content)) server = await start(content, cwd);
    else met = await script(asScript(content, words).replaceAll("http://127.0.0.1:4000", server!.url), { cwd, words: met });
  }
  for (const word of Object.values(met)) if (word.startsWith("lm_")) secret(word);
  expect(words.size).toBe(6);
  for (const [shown, word] of words)
    expect(met[word.slice(1, -1)], shown).toMatch(new RegExp(`^${shown.replace(/[^_]+$/, (random) => `\\w{${random.length}}`)}$`));
});
