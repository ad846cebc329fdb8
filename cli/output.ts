/** Output: results on standard output, everything else on standard error. */
import { refusesColour } from "./environment.ts";
import { Failure } from "./failure.ts";
import { type Selection, select } from "./fields.ts";
import { type Look, PLAIN } from "./look.ts";
import { fields, plain } from "./table.ts";

export interface OutputOptions {
  /** True for the whole document, or the fields that it is to have. */
  readonly json?: Selection | undefined;
  /** Leaves out notes; errors are still told. */
  readonly quiet?: boolean;
}

/** How the reader of standard output sees text. */
export function lookOfOutput(): Look {
  if (!process.stdout.isTTY) return PLAIN;
  return { colour: !refusesColour(), now: Date.now() };
}

/** Resolves when the text has left the process. @throws Failure when it cannot be written: a key that was never shown is not a success. */
export function print(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(`${text}\n`, (error) => {
      if (error) reject(new Failure(`standard output cannot be written (${(error as NodeJS.ErrnoException).code ?? error.message})`));
      else resolve();
    });
  });
}

/** Writes a line for people that is not the result. */
export function note(sentence: string, { quiet }: Pick<OutputOptions, "quiet"> = {}): void {
  if (quiet !== true) process.stderr.write(`keyward: ${plain(sentence)}\n`);
}

/** With `--json` the API's own document, or the fields of it that were asked for; without it, text for people. */
export function show<Document extends object>(
  document: Document,
  { json }: OutputOptions,
  forPeople: (document: Document, look: Look) => string = fields,
): Promise<void> {
  return print(json === undefined ? forPeople(document, lookOfOutput()) : JSON.stringify(select(document, json), null, 2));
}
