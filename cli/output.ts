/** What goes out: results on standard output, everything else on standard error. */
import type { Json } from "./client.ts";
import { Failure } from "./failure.ts";
import { fields, plain } from "./table.ts";

export interface OutputOptions {
  readonly json?: boolean;
}

/** Resolves when the text has left the process. @throws Failure when it could not: a key that nobody has seen is no success. */
export function print(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(`${text}\n`, (error) => {
      if (error) reject(new Failure(`standard output cannot be written (${(error as NodeJS.ErrnoException).code ?? error.message})`));
      else resolve();
    });
  });
}

/** Tells people something that is not the result. */
export function note(sentence: string): void {
  process.stderr.write(`keyward: ${plain(sentence)}\n`);
}

/** The API's own answer with `--json`; what people read otherwise. */
export function show(answer: Json, { json }: OutputOptions, forPeople: (answer: Json) => string = fields): Promise<void> {
  return print(json === true ? JSON.stringify(answer, null, 2) : forPeople(answer));
}
