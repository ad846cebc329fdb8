/** One end of a connection between two threads of the process: bytes over a message port, of which one piece at a time is under way. */
import { Duplex } from "node:stream";
import type { MessagePort } from "node:worker_threads";

/** A piece of data; that the last one was taken; that no more will come. */
type Message = Uint8Array | "taken" | "end";

/** Has what node:http and our own code use of a `Socket`. */
export class ThreadSocket extends Duplex {
  /** The address of the client, as the thread that has its connection knows it. */
  readonly remoteAddress: string | undefined;
  /** Of the one request that comes over this connection, as that thread calls it. */
  readonly requestId: string | undefined;
  bytesRead = 0;
  bytesWritten = 0;
  readonly #port: MessagePort;
  #onTaken: (() => void) | undefined;
  #hasUntaken = false;

  constructor(port: MessagePort, { remoteAddress, requestId }: { remoteAddress?: string | undefined; requestId?: string } = {}) {
    super();
    this.#port = port;
    this.remoteAddress = remoteAddress;
    this.requestId = requestId;
    port.on("message", (message: Message) => this.#receive(message));
    port.on("close", () => this.destroy());
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    this.bytesWritten += chunk.length;
    this.#onTaken = callback;
    // A copy, which is moved: the chunk may be a part of a larger buffer.
    const bytes = new Uint8Array(chunk);
    this.#port.postMessage(bytes, [bytes.buffer]);
  }

  override _final(callback: () => void): void {
    this.#port.postMessage("end" satisfies Message);
    callback();
  }

  override _read(): void {
    if (!this.#hasUntaken) return;
    this.#hasUntaken = false;
    this.#port.postMessage("taken" satisfies Message);
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#port.close();
    this.#onTaken = undefined;
    callback(error);
  }

  /** Closes after what was written has been sent. */
  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once("finish", () => this.destroy());
  }

  /** The thread that has the client's connection looks after it. */
  setTimeout(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  ref(): this {
    this.#port.ref();
    return this;
  }

  unref(): this {
    this.#port.unref();
    return this;
  }

  #receive(message: Message): void {
    if (this.destroyed) return;
    if (message === "end") this.push(null);
    else if (message === "taken") {
      const onTaken = this.#onTaken;
      this.#onTaken = undefined;
      onTaken?.();
    } else {
      this.bytesRead += message.length;
      if (this.push(Buffer.from(message.buffer, message.byteOffset, message.length))) this.#port.postMessage("taken" satisfies Message);
      else this.#hasUntaken = true;
    }
  }
}
