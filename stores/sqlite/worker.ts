/**
 * The thread that owns the database files and runs the store's methods, so that no verification waits for an fsync. Each message is a whole
 * method call, because a message between threads costs several times as much as a statement.
 */
import { type MessagePort, parentPort } from "node:worker_threads";
import { respondTo, serveCalls } from "../thread-door.ts";
import { type MethodName, type OpenDatabase, type Opening, openDatabase } from "./database.ts";

/** `id` identifies the request, `database` the database: the main thread has numbered both. */
export type Request = { readonly id: number; readonly database: number } & (
  | { readonly method: "open"; readonly opening: Opening }
  | { readonly method: "close" }
  /** Another thread calls the store's methods itself, through this port. */
  | { readonly method: "connect"; readonly port: MessagePort }
  | { readonly method: MethodName; readonly values: readonly unknown[] }
);

export interface Opened {
  readonly methods: readonly MethodName[];
  readonly migrated: readonly string[];
}

if (parentPort === null) throw new Error("this file runs as a worker thread");
const port = parentPort;
// Kysely's own calls fill the ten frames of a default stack, and the method that failed would be missing.
Error.stackTraceLimit = 40;

// A lock is held only while its connection is referenced: this map does that.
const databases = new Map<number, OpenDatabase>();
port.on("message", async (request: Request) => port.postMessage(await respondTo(request.id, () => run(request))));

/** The response to an opening is `Opened`. */
async function run(request: Request): Promise<unknown> {
  if (request.method === "open") {
    const opened = await openDatabase(request.opening);
    databases.set(request.database, opened);
    return { methods: Object.keys(opened.methods) as MethodName[], migrated: opened.migrated } satisfies Opened;
  }
  const opened = databases.get(request.database) as OpenDatabase;
  if (request.method === "close") {
    databases.delete(request.database);
    return opened.close();
  }
  if (request.method === "connect") return serveCalls(request.port, opened.methods);
  const method = opened.methods[request.method] as (...values: readonly unknown[]) => Promise<unknown>;
  return method(...request.values);
}
