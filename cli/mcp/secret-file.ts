/** Files for new secrets: an agent gets the path of one, and never sees what is in it. */
import { mkdir, open, rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { newIdempotencyKey } from "../../sdk/index.ts";
import { Failure } from "../failure.ts";

const OWNER_ONLY = { directory: 0o700, file: 0o600 };

/**
 * A new file that only its owner may read, opened before there is a secret: a directory that cannot be written is found out while nothing
 * has been created.
 */
export class SecretFile {
  readonly #directory: string;
  readonly #draft: string;
  readonly #handle: Awaited<ReturnType<typeof open>>;

  private constructor(directory: string, draft: string, handle: Awaited<ReturnType<typeof open>>) {
    this.#directory = directory;
    this.#draft = draft;
    this.#handle = handle;
  }

  /** @throws Failure when the directory cannot be written */
  static async open(path: string): Promise<SecretFile> {
    const directory = resolve(path);
    const draft = join(directory, `.${newIdempotencyKey()}.draft`);
    try {
      await mkdir(directory, { recursive: true, mode: OWNER_ONLY.directory });
      return new SecretFile(directory, draft, await open(draft, "wx", OWNER_ONLY.file));
    } catch (error) {
      throw notWritten(directory, error);
    }
  }

  /** Writes the secret, and returns the path of the finished file, whose name is the id of the key. @throws Failure */
  async finish(id: string, secret: string): Promise<string> {
    const path = join(this.#directory, `${id}.key`);
    try {
      await this.#handle.writeFile(`${secret}\n`);
      await this.#handle.sync();
      await this.#handle.close();
      await rename(this.#draft, path);
    } catch (error) {
      await this.discard();
      throw notWritten(this.#directory, error);
    }
    return path;
  }

  /** Removes what was begun. */
  async discard(): Promise<void> {
    await this.#handle.close().catch(() => undefined);
    await rm(this.#draft, { force: true });
  }
}

function notWritten(directory: string, error: unknown): Failure {
  const { code, message } = error as NodeJS.ErrnoException;
  return new Failure(`the directory for secrets, ${directory}, cannot be written (${code ?? message})`, {
    next: "name another one with --secrets",
  });
}
