/** The embedded database: one directory, one process. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { type Store, StoreUnavailable } from "../contract.ts";
import type { OpenStore } from "../open-store.ts";
import type { Opening, Request, Response } from "./worker.ts";

export interface SqliteOptions {
  /** Made if it is missing, for its owner alone. */
  readonly directory: string;
  /** Upper bound of the database's size in pages of 4 KB. */
  readonly maxPageCount?: number;
}

/**
 * Opens the database in a directory; creates or migrates it first if needed.
 * @throws StoreUnavailable with one clear sentence, for example when another process has the directory open.
 * @example
 * const { store, close } = await openSqlite({ directory: "./data" });
 */
export async function openSqlite({ directory, maxPageCount }: SqliteOptions): Promise<OpenStore> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const thread = new StoreThread({ file: join(directory, "keyward.db"), lockFile: join(directory, "keyward.lock"), maxPageCount });
  try {
    const methods = (await thread.ready) as (keyof Store)[];
    const store = Object.fromEntries(methods.map((method) => [method, (...values: unknown[]) => thread.run(method, values)]));
    const guest: OpenStore["guest"] = async () => {
      const { guestDialect } = await import("./guest-dialect.ts");
      const dialect = guestDialect((text, values) => thread.run("statement", [text, values]));
      return { dialect, type: "sqlite", transaction: false };
    };
    return { store: store as unknown as Store, guest, close: () => thread.close() };
  } catch (error) {
    await thread.close();
    throw error;
  }
}

/** The thread, and the requests that it has not responded to yet. */
class StoreThread {
  readonly ready: Promise<unknown>;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: StoreUnavailable): void }>();
  readonly #onDrained: (() => void)[] = [];
  #lastId = 0;
  #failure: StoreUnavailable | undefined;

  constructor(opening: Opening) {
    this.ready = this.#responseTo(0);
    this.#worker = new Worker(new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url), {
      workerData: opening,
    });
    this.#worker.on("message", (response: Response) => this.#settle(response));
    this.#worker.on("error", (cause: Error) => this.#fail(new StoreUnavailable("the database thread failed", { cause })));
    this.#worker.on("exit", () => this.#fail(new StoreUnavailable("the database thread has ended")));
  }

  run(method: Request["method"], values: readonly unknown[]): Promise<unknown> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const id = ++this.#lastId;
    const response = this.#responseTo(id);
    this.#worker.postMessage({ id, method, values } satisfies Request);
    return response;
  }

  /** Waits for what is under way, and takes nothing more. */
  async close(): Promise<void> {
    this.#failure ??= new StoreUnavailable("the database is closed");
    if (this.#waiting.size > 0) await new Promise<void>((drained) => this.#onDrained.push(drained));
    await this.#worker.terminate();
  }

  #responseTo(id: number): Promise<unknown> {
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  #settle(response: Response): void {
    const waiting = this.#waiting.get(response.id);
    this.#waiting.delete(response.id);
    if ("error" in response) waiting?.reject(new StoreUnavailable(response.error.message, { cause: response.error }));
    else waiting?.resolve(response.value);
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
