/**
 * The main thread's side of the database thread. A process has one thread for all databases that it opens: a thread for each would load the
 * same code again, which takes longer than opening the database.
 */
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import { StoreUnavailable } from "../contract.ts";
import { type Response, ThreadCalls } from "../thread-calls.ts";
import type { ThreadDoor } from "../thread-door.ts";
import type { MethodName, Opening } from "./database.ts";
import type { Opened, Request } from "./worker.ts";

let running: Thread | undefined;

/** Opens a database in the thread. @throws StoreUnavailable with the reason. */
export async function joinThread(opening: Opening): Promise<ThreadDatabase> {
  if (running === undefined || running.hasFailed) running = new Thread();
  const database = new ThreadDatabase(running);
  await database.open(opening);
  return database;
}

let lastNumber = 0;

/** One database, and its requests that are under way. */
class ThreadDatabase {
  methods: readonly Exclude<MethodName, "statement">[] = [];
  migrated: readonly string[] = [];
  readonly #thread: Thread;
  readonly #number = ++lastNumber;
  #underWay = 0;
  #onIdle: (() => void) | undefined;
  #closed: Promise<void> | undefined;

  constructor(thread: Thread) {
    this.#thread = thread;
  }

  async open(opening: Opening): Promise<void> {
    this.#thread.hold();
    try {
      const { methods, migrated } = (await this.#thread.request({ database: this.#number, method: "open", opening })) as Opened;
      this.methods = methods.filter((method) => method !== "statement");
      this.migrated = migrated;
    } catch (error) {
      this.#thread.release();
      throw error;
    }
  }

  async run(method: MethodName, values: readonly unknown[]): Promise<unknown> {
    if (this.#closed !== undefined) throw new StoreUnavailable("the database is closed");
    this.#underWay++;
    try {
      return await this.#thread.request({ database: this.#number, method, values });
    } finally {
      if (--this.#underWay === 0) this.#onIdle?.();
    }
  }

  /** Opens a door for another thread, which then asks the database's thread without this one. Calls through it do not delay `close`. */
  async connect(): Promise<ThreadDoor> {
    if (this.#closed !== undefined) throw new StoreUnavailable("the database is closed");
    const { port1, port2 } = new MessageChannel();
    await this.#thread.request({ database: this.#number, method: "connect", port: port1 }, [port1]);
    return { port: port2, methods: this.methods };
  }

  /** Waits for requests under way, and accepts no more. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    if (this.#underWay > 0) await new Promise<void>((idle) => (this.#onIdle = idle));
    // A failed thread has closed its files.
    if (!this.#thread.hasFailed) await this.#thread.request({ database: this.#number, method: "close" });
    this.#thread.release();
  }
}

type Distributed<Union> = Union extends unknown ? Omit<Union, "id"> : never;

class Thread {
  readonly #worker = new Worker(new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url));
  readonly #calls = new ThreadCalls();
  #openDatabases = 0;

  constructor() {
    this.#worker.on("message", (response: Response) => this.#calls.settle(response));
    this.#worker.on("error", (cause: Error) => this.#calls.fail(new StoreUnavailable("the database thread failed", { cause })));
    this.#worker.on("exit", () => this.#calls.fail(new StoreUnavailable("the database thread has ended")));
  }

  get hasFailed(): boolean {
    return this.#calls.hasFailed;
  }

  /** Keeps the process running while a database is open. */
  hold(): void {
    this.#openDatabases++;
    this.#worker.ref();
  }

  release(): void {
    if (--this.#openDatabases === 0) this.#worker.unref();
  }

  request(request: Distributed<Request>, transferred: readonly MessagePort[] = []): Promise<unknown> {
    return this.#calls.call((id) => this.#worker.postMessage({ id, ...request }, transferred));
  }
}
