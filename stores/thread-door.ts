/** Methods of one thread for another, behind a message port: those of a store, whose arguments and results are plain data for this reason, and others. */
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { StoreUnavailable } from "./contract.ts";
import { toSendable } from "./sendable-error.ts";
import { type Response, ThreadCalls } from "./thread-calls.ts";

/** What the other thread needs. `port` must be among the transferred objects of the message that takes it there. */
export interface ThreadDoor {
  readonly port: MessagePort;
  readonly methods: readonly string[];
}

interface Call {
  readonly id: number;
  readonly method: string;
  readonly values: readonly unknown[];
}

/** Opens a door to methods of this thread. It keeps no process running. */
export function openDoor(methods: object): ThreadDoor {
  const { port1, port2 } = new MessageChannel();
  serveCalls(port1, methods);
  port1.unref();
  return { port: port2, methods: Object.keys(methods) };
}

/** Runs the methods that the other end of the port calls. */
export function serveCalls(port: MessagePort, methods: object): void {
  const table = methods as Readonly<Record<string, (...values: readonly unknown[]) => unknown>>;
  port.on("message", async ({ id, method, values }: Call) => {
    port.postMessage(await respondTo(id, async () => table[method]?.(...values)));
  });
}

export async function respondTo(id: number, run: () => Promise<unknown>): Promise<Response> {
  try {
    return { id, value: await run() };
  } catch (error) {
    return { id, error: toSendable(error) };
  }
}

/** The methods behind a door, each as a promise. They reject with `StoreUnavailable`, also when the thread behind the door has ended. */
export function behind<Methods>({ port, methods }: ThreadDoor): Methods {
  const calls = new ThreadCalls();
  port.on("message", (response: Response) => calls.settle(response));
  port.on("close", () => calls.fail(new StoreUnavailable("the thread that was asked has ended")));
  port.unref();
  const run =
    (method: string) =>
    (...values: readonly unknown[]) =>
      calls.call((id) => port.postMessage({ id, method, values } satisfies Call));
  return Object.fromEntries(methods.map((method) => [method, run(method)])) as Methods;
}
