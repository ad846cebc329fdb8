/** The embedded database: one directory, one process. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { Dialect } from "kysely";
import { type Store, StoreUnavailable } from "../contract.ts";
import type { Answer, Opening, Request } from "./worker.ts";

export interface SqliteOptions {
  /** Made if it is missing, for its owner alone. */
  readonly directory: string;
  /** Upper bound of the database's size in pages of 4 KB. */
  readonly maxPageCount?: number;
}

export interface OpenSqlite {
  readonly store: Store;
  /**
   * The same database for a library that brings its own SQL, such as the one that signs people in. Loaded when it is asked for: this
   * thread has no other use for Kysely, which takes some ten megabytes.
   */
  dialect(): Promise<Dialect>;
  /** Loses nothing that was acknowledged. */
  close(): Promise<void>;
}

/**
 * Opens the database of a directory, making or migrating it.
 * @throws StoreUnavailable with one clear sentence, when another process has the directory among others.
 * @example
 * const { store, close } = await openSqlite({ directory: "./data" });
 */
export async function openSqlite({ directory, maxPageCount }: SqliteOptions): Promise<OpenSqlite> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const thread = new StoreThread({ file: join(directory, "keyward.db"), lockFile: join(directory, "keyward.lock"), maxPageCount });
  try {
    const verbs = (await thread.ready) as (keyof Store)[];
    const store = Object.fromEntries(verbs.map((verb) => [verb, (...values: unknown[]) => thread.run(verb, values)])) as unknown as Store;
    const dialect = async () => {
      const { guestDialect } = await import("./guest-dialect.ts");
      return guestDialect((text, values) => thread.run("statement", [text, values]));
    };
    return { store, dialect, close: () => thread.close() };
  } catch (error) {
    await thread.close();
    throw error;
  }
}

/** The thread, and the questions that it has not answered yet. */
class StoreThread {
  readonly ready: Promise<unknown>;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: StoreUnavailable): void }>();
  readonly #onDrained: (() => void)[] = [];
  #lastId = 0;
  #failure: StoreUnavailable | undefined;

  constructor(opening: Opening) {
    this.ready = this.#answerTo(0);
    this.#worker = new Worker(new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url), {
      workerData: opening,
    });
    this.#worker.on("message", (answer: Answer) => this.#settle(answer));
    this.#worker.on("error", (cause: Error) => this.#fail(new StoreUnavailable("the database thread failed", { cause })));
    this.#worker.on("exit", () => this.#fail(new StoreUnavailable("the database thread has ended")));
  }

  run(verb: Request["verb"], values: readonly unknown[]): Promise<unknown> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const id = ++this.#lastId;
    const answered = this.#answerTo(id);
    this.#worker.postMessage({ id, verb, values } satisfies Request);
    return answered;
  }

  /** Lets what is under way end, and takes nothing more. */
  async close(): Promise<void> {
    this.#failure ??= new StoreUnavailable("the database is closed");
    if (this.#waiting.size > 0) await new Promise<void>((drained) => this.#onDrained.push(drained));
    await this.#worker.terminate();
  }

  #answerTo(id: number): Promise<unknown> {
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ("error" in answer) waiting?.reject(new StoreUnavailable(answer.error));
    else waiting?.resolve(answer.value);
    this.#announceDrained();
  }

  #announceDrained(): void {
    if (this.#waiting.size === 0) for (const drained of this.#onDrained.splice(0)) drained();
  }

  #fail(error: StoreUnavailable): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
    this.#announceDrained();
  }
}
