/** Console sessions of the documentation: commands after `$ `, and below each what it prints. Run against a server of the test's own. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { TestServer } from "../support/server.ts";

/** The fenced `console` blocks of a page. */
export function consoleBlocks(page: string): string[] {
  return [...page.matchAll(/```console\n([\s\S]*?)```/g)].map(([, block = ""]) => block.trimEnd());
}

/** What the commands of a block print, and what the block says that they print; ids, times and secrets, which differ, are cut out of both. */
export async function runConsole(
  block: string,
  server: TestServer,
  cwd: string,
): Promise<{ commands: number; printed: string; shown: string }> {
  const lines = block.split("\n");
  const commands = lines.filter((line) => line.startsWith("$ ")).map((line) => line.slice(2));
  const script = commands
    // The page's server is on port 4000 with its data in ./data or below; the test's is on a free port, in a directory of its own.
    .map((command) => command.replaceAll("localhost:4000", server.url))
    .map((command) =>
      command.includes("--data ")
        ? command.replaceAll(/--data \.\/data\/\w+/g, `--data ${server.directory}`)
        : command.replaceAll(/bin\/keyward ([a-z-]+ [a-z]+)/g, `bin/keyward $1 --data ${server.directory}`),
    )
    .join("\n");
  // curl prints no newline after a response; a terminal shows one.
  const { stdout } = await promisify(execFile)("bash", ["-euc", script.replaceAll(/^curl [^|>\n]*$/gm, "$&; echo")], { cwd });
  return { commands: commands.length, printed: alike(stdout), shown: alike(lines.filter((line) => !line.startsWith("$ ")).join("\n")) };
}

const alike = (text: string) =>
  text
    .replaceAll(/\b(key|org|ak)_[0-9a-z]{26}\b/g, "$1_…")
    .replaceAll(/\breq_[0-9a-f]{24}\b/g, "req_…")
    .replaceAll(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, "<uuid>")
    .replaceAll(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z/g, "<time>")
    .replaceAll(/\b(pk_|as_live_v1_)[0-9A-Za-z]{20,}/g, "$1…")
    .replaceAll(/\b(as_live_v1_|awx_\.\.\.)[0-9A-Za-z]{4}\b/g, "$1<4>")
    .trim();
