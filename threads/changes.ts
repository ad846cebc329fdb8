/**
 * How a change reaches the memory of every thread before it is acknowledged: the main thread posts it to each of them and then raises a number
 * that all share. A request that finds the number raised takes what was posted before it looks anything up. Where no request comes, the
 * message itself arrives soon after.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import type { StateChange } from "../engine/state-change.ts";

/** What another thread needs to follow. */
export interface ChangesDoor {
  readonly port: MessagePort;
  readonly raised: SharedArrayBuffer;
}

export class ChangeSender {
  readonly #raised = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  readonly #number = new Int32Array(this.#raised);
  readonly #ports: MessagePort[] = [];

  /** For one thread more. */
  open(): ChangesDoor {
    const { port1, port2 } = new MessageChannel();
    port1.unref();
    this.#ports.push(port1);
    return { port: port2, raised: this.#raised };
  }

  /** When it returns, a request that begins later in any thread is not judged by what the change made out of date. */
  tell(change: StateChange): void {
    for (const port of this.#ports) port.postMessage(change);
    Atomics.add(this.#number, 0, 1);
  }
}

export class ChangeFollower {
  readonly #port: MessagePort;
  readonly #number: Int32Array;
  readonly #apply: (change: StateChange) => void;
  #seen: number;

  constructor({ port, raised }: ChangesDoor, apply: (change: StateChange) => void) {
    this.#port = port;
    this.#number = new Int32Array(raised);
    this.#apply = apply;
    // What was posted up to now is in the port. It cannot hurt to apply a change to a memory that is empty.
    this.#seen = Atomics.load(this.#number, 0);
    port.on("message", apply);
    port.unref();
  }

  /** Whether something was told since `catchUp`. */
  get isBehind(): boolean {
    return Atomics.load(this.#number, 0) !== this.#seen;
  }

  /** Call it when a request begins, before anything is looked up in memory. */
  catchUp(): void {
    const raised = Atomics.load(this.#number, 0);
    if (raised === this.#seen) return;
    for (let received = receiveMessageOnPort(this.#port); received !== undefined; received = receiveMessageOnPort(this.#port))
      this.#apply(received.message as StateChange);
    this.#seen = raised;
  }
}
