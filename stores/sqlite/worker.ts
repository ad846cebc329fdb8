/**
 * The thread that owns the database files and runs the store's methods, so that no verification waits for an fsync. Each message is a whole
 * method call, because a message between threads costs several times as much as a statement.
 */
import { parentPort } from "node:worker_threads";
import { type MethodName, type OpenDatabase, type Opening, openDatabase } from "./database.ts";
import { toSendable } from "./worker-error.ts";

/** `id` identifies the request, `database` the database: the main thread has numbered both. */
export type Request = { readonly id: number; readonly database: number } & (
  | { readonly method: "open"; readonly opening: Opening }
  | { readonly method: "close" }
  | { readonly method: MethodName; readonly values: readonly unknown[] }
);

/** The response to an opening has the list of the store's methods as its value. */
export type Response = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: Error };

if (parentPort === null) throw new Error("this file runs as a worker thread");
const port = parentPort;
// Kysely's own calls fill the ten frames of a default stack, and the method that failed would be missing.
Error.stackTraceLimit = 40;

// A lock is held only while its connection is referenced: this map does that.
const databases = new Map<number, OpenDatabase>();
port.on("message", async (request: Request) => port.postMessage(await respond(request)));

async function respond(request: Request): Promise<Response> {
  const { id } = request;
  try {
    return { id, value: await run(request) };
  } catch (error) {
    return { id, error: toSendable(error) };
  }
}

async function run(request: Request): Promise<unknown> {
  if (request.method === "open") {
    const opened = await openDatabase(request.opening);
    databases.set(request.database, opened);
    return Object.keys(opened.methods);
  }
  const opened = databases.get(request.database) as OpenDatabase;
  if (request.method === "close") {
    databases.delete(request.database);
    return opened.close();
  }
  const method = opened.methods[request.method] as (...values: readonly unknown[]) => Promise<unknown>;
  return method(...request.values);
}
