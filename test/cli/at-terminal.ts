/** A command at a terminal: a pseudo-terminal of util-linux's `script`, into which a person types. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { text } from "node:stream/consumers";
import { cleanEnvironment } from "./script.ts";

/** Of other systems, `script` takes other options. */
export const HAS_TERMINAL = process.platform === "linux" && ["/usr/bin/script", "/bin/script"].some(existsSync);

interface AtTerminal {
  readonly cwd: string;
  /** What the person types; Ctrl-D is \u0004. Nothing when absent. */
  readonly typed?: string;
  readonly env?: Record<string, string>;
}

/** What the command showed, on both streams as they came, and how it ended. The terminal repeats what is typed. */
export async function atTerminal(line: string, { cwd, typed = "", env = {} }: AtTerminal): Promise<{ exit: number; shown: string }> {
  const child = spawn("script", ["-qec", line, "/dev/null"], {
    cwd,
    env: cleanEnvironment({ TERM: "xterm", ...env }),
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = new Promise<number>((done) => child.once("close", (code) => done(code ?? -1)));
  child.stdin.write(typed);
  const shown = await text(child.stdout);
  return { exit: await ended, shown: shown.replaceAll("\r\n", "\n") };
}
