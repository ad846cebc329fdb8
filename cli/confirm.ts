/**
 * Asks a person before something is destroyed. A script is not asked: a question needs a terminal to read from and to write to, and a person
 * who sees the result.
 */
import { createInterface } from "node:readline/promises";
import { Failure } from "./failure.ts";
import { plain } from "./table.ts";

export interface ConfirmOptions {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

interface Question {
  /** What is about to happen, without a question mark: `Revoke the key backend`. */
  readonly what: string;
  /** What has to be typed; `y` when absent. */
  readonly type?: string | undefined;
}

/** Resolves when it may happen. @throws Failure when the person says no, types something else, or the terminal is closed. */
export async function confirm({ what, type }: Question, { yes, dryRun }: ConfirmOptions): Promise<void> {
  if (yes === true || dryRun === true || !isAtTerminal()) return;
  const typed = await ask(type === undefined ? `${plain(what)}? [y/N] ` : `${plain(what)}. Type its name, ${plain(type)}, to go on: `);
  if (type === undefined ? /^y(es)?$/i.test(typed) : typed === type) return;
  throw new Failure("not confirmed; nothing was changed");
}

export function isAtTerminal(): boolean {
  return process.stdin.isTTY === true && process.stdout.isTTY === true && process.stderr.isTTY === true;
}

/** The line, trimmed; "" when the terminal is closed in the middle of the question. Ctrl-C ends the process. */
async function ask(question: string): Promise<string> {
  const reader = createInterface({ input: process.stdin, output: process.stderr, terminal: false });
  const closed = new Promise<string>((resolve) => reader.once("close", () => resolve("")));
  try {
    return (await Promise.race([reader.question(question).catch(() => ""), closed])).trim();
  } finally {
    reader.close();
  }
}
