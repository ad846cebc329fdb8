/** Where tests leave what they made: the canary stage looks through all of it for plaintext keys. */
import { appendFileSync, mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Of the whole run. */
export const ROOT = process.env.KEYWARD_TEST_ROOT ?? mkdtempSync(join(tmpdir(), "keyward-test-"));
/** Data directories and logs. */
export const TRACES = join(ROOT, "traces");
/** The secrets that were given out, one a line: outside of the traces. */
export const SECRETS = join(ROOT, "secrets.txt");
mkdirSync(TRACES, { recursive: true });

/** A new directory among the traces. */
export function traceDirectory(name: string): string {
  return mkdtempSync(join(TRACES, `${name}-`));
}

/** Remembers a secret that a test was given, and returns it. */
export function secret<Text extends string | undefined>(text: Text): Text {
  if (text !== undefined) appendFileSync(SECRETS, `${text}\n`);
  return text;
}
