/** Output: results on standard output, everything else on standard error. */
import { Failure } from "./failure.ts";
import { fields, plain } from "./table.ts";

export interface OutputOptions {
  readonly json?: boolean;
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
export function note(sentence: string): void {
  process.stderr.write(`keyward: ${plain(sentence)}\n`);
}

/** With `--json` the API's own document; without it, text for people. */
export function show<Document extends object>(
  document: Document,
  { json }: OutputOptions,
  forPeople: (document: Document) => string = fields,
): Promise<void> {
  return print(json === true ? JSON.stringify(document, null, 2) : forPeople(document));
}
