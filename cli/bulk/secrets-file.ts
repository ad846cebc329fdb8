/**
 * The file that takes the secrets of new keys: one JSON document a line, readable by its owner alone. It is also the record of what was done:
 * a command that was interrupted goes on after it. Beside it, while the command runs, `.pending` has the rows that were begun.
 */
import { type FileHandle, open, rm } from "node:fs/promises";
import { EXIT, Failure } from "../failure.ts";

/** What was created for a row of the input, with the secret as the API shows it. */
interface Written {
  /** Names the row, whatever its line: see `nameRows`. */
  readonly row: string;
  readonly id: string;
  readonly name: string | null;
  readonly key?: string;
  readonly publicKey?: string | null;
  readonly secretKey?: string;
}

export class SecretsFile {
  readonly #file: FileHandle;
  readonly #pending: FileHandle;
  readonly #pendingPath: string;
  #writing: Promise<unknown> = Promise.resolve();
  /** The rows that are in it. */
  readonly rows: ReadonlySet<string>;
  /** The rows that an earlier run began, and whose secrets it may not have written. */
  readonly begun: ReadonlySet<string>;

  private constructor(file: Opened, pending: Opened, pendingPath: string) {
    this.#file = file.file;
    this.#pending = pending.file;
    this.#pendingPath = pendingPath;
    this.rows = new Set(file.rows);
    this.begun = new Set(pending.rows);
  }

  /** Makes the file, or goes on in one that this command made before. @throws Failure when others can read it, or it is something else */
  static async open(path: string): Promise<SecretsFile> {
    const pendingPath = `${path}.pending`;
    return new SecretsFile(await openPrivately(path), await openPrivately(pendingPath), pendingPath);
  }

  /** Resolves when it is written that the row is begun. */
  begin(row: string): Promise<unknown> {
    return this.#pending.appendFile(`${JSON.stringify({ row })}\n`);
  }

  /** Resolves when the line has been written. */
  add(written: Written): Promise<unknown> {
    this.#writing = this.#writing.then(() => this.#file.appendFile(`${JSON.stringify(written)}\n`));
    return this.#writing;
  }

  /** Resolves when everything is on the disk. `isDone` says that every row that was begun has its secret in the file. */
  async close({ isDone }: { readonly isDone: boolean }): Promise<void> {
    await this.#writing.catch(() => undefined);
    await this.#file.sync();
    await this.#file.close();
    await this.#pending.close();
    if (isDone) await rm(this.#pendingPath, { force: true });
  }
}

interface Opened {
  readonly file: FileHandle;
  readonly rows: readonly string[];
}

async function openPrivately(path: string): Promise<Opened> {
  const file = await open(path, "a+", 0o600).catch((error: NodeJS.ErrnoException) => {
    throw new Failure(`${path} cannot be written (${error.code ?? error.message})`, { exitCode: EXIT.usage });
  });
  try {
    if (((await file.stat()).mode & 0o077) !== 0)
      throw new Failure(`${path} can be read by others`, { exitCode: EXIT.usage, next: `run chmod 600 ${path}, or name another file` });
    const text = await file.readFile("utf8");
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    // A process that was killed may have left half a line: its key is found by the row's Idempotency-Key.
    if (whole.length < text.length) await file.truncate(Buffer.byteLength(whole));
    const lines = whole.split("\n").filter((line) => line !== "");
    return { file, rows: lines.map((line) => rowOf(line, path)) };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** @throws Failure, which repeats nothing of the file */
function rowOf(line: string, path: string): string {
  try {
    const { row } = JSON.parse(line);
    if (typeof row === "string") return row;
  } catch {
    // The reason would repeat parts of the file.
  }
  throw new Failure(`${path} is not what this command writes`, { exitCode: EXIT.usage, next: "name another file with --secrets" });
}
