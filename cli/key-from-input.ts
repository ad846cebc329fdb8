/** A key that a command needs comes in on standard input: arguments stay in the shell's history, and other people of the machine see them. */
import { text } from "node:stream/consumers";
import { EXIT, Failure } from "./failure.ts";
import { note } from "./output.ts";

export const DASH = "a dash: the key is read from standard input, for arguments are seen by other people of this machine";

/** @throws Failure for anything but a dash, which may be a key, and is not repeated */
export function refuseArgument(dash: string, command: string): void {
  if (dash === "-") return;
  throw new Failure(
    "the key is read from standard input, because arguments stay in the shell's history and can be seen by other people of this machine",
    { exitCode: EXIT.usage, next: `pipe the key into \`keyward keys ${command} -\`; if a real key stood there, rotate it` },
  );
}

/** @throws Failure when there is none */
export async function readKey(command: string): Promise<string> {
  if (process.stdin.isTTY) note("paste the key, then press Enter and Ctrl-D");
  const key = (await text(process.stdin)).trim();
  if (key === "")
    throw new Failure("there is no key on standard input", {
      exitCode: EXIT.usage,
      next: `pipe the key into \`keyward keys ${command} -\``,
    });
  return key;
}
