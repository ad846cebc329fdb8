/**
 * Writes lines without ever waiting for whoever reads them: what does not fit into a bounded queue is dropped and counted. Lines go out whole, in pieces
 * that a pipe takes whole, so that the lines of several threads do not mix.
 */

/** Where bytes go. `done` is called once, with what was written; `EAGAIN` means later. */
export interface Sink {
  write(bytes: Uint8Array, done: (error: NodeJS.ErrnoException | null, written: number) => void): void;
}

interface LineWriterOptions {
  readonly sink: Sink;
  /** Of lines that wait. A megabyte when absent. */
  readonly mostBytes?: number;
  /** Before what was not taken is tried again, in milliseconds. */
  readonly againMs?: number;
}

/** What Linux takes whole into a pipe (`PIPE_BUF`). */
const PIECE_BYTES = 4_096;
const MOST_BYTES = 1_048_576;
const AGAIN_MS = 20;
const CLOSE_WITHIN_MS = 1_000;

export class LineWriter {
  readonly #sink: Sink;
  readonly #mostBytes: number;
  readonly #againMs: number;
  #waiting: string[] = [];
  #waitingBytes = 0;
  /** What is being written, and the lines in it. */
  #piece: Uint8Array | undefined;
  #pieceLines = 0;
  #isBroken = false;
  #onIdle: (() => void) | undefined;
  /** Lines since the start. */
  dropped = 0;

  constructor({ sink, mostBytes = MOST_BYTES, againMs = AGAIN_MS }: LineWriterOptions) {
    this.#sink = sink;
    this.#mostBytes = mostBytes;
    this.#againMs = againMs;
  }

  /** @param line ASCII, with its line break */
  write(line: string): void {
    if (this.#isBroken || line.length > PIECE_BYTES || this.#waitingBytes + line.length > this.#mostBytes) {
      this.dropped++;
      return;
    }
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
    if (this.#piece === undefined) this.#begin();
  }

  /** Resolves when what waits was written, or after a second: whoever does not read must not hold the end of the process up. */
  async close(): Promise<void> {
    if (this.#piece !== undefined) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, CLOSE_WITHIN_MS);
        this.#onIdle = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#break();
  }

  #begin(): void {
    let lines = 0;
    let bytes = 0;
    for (const { length } of this.#waiting) {
      if (bytes + length > PIECE_BYTES) break;
      lines++;
      bytes += length;
    }
    if (lines === 0) {
      this.#onIdle?.();
      return;
    }
    this.#piece = Buffer.from(this.#waiting.slice(0, lines).join(""), "latin1");
    this.#pieceLines = lines;
    this.#waiting = this.#waiting.slice(lines);
    this.#waitingBytes -= bytes;
    this.#send();
  }

  #send(): void {
    const piece = this.#piece;
    if (piece === undefined) return;
    this.#sink.write(piece, (error, written) => {
      if (this.#isBroken) return;
      if (error?.code === "EAGAIN") return void setTimeout(() => this.#send(), this.#againMs).unref();
      // Nobody reads any more, and nobody will.
      if (error?.code === "EPIPE" || error?.code === "EBADF") return this.#break();
      // A full disk may have room again.
      if (error !== null) return this.#dropPiece();
      this.#piece = written < piece.length ? piece.subarray(written) : undefined;
      if (this.#piece === undefined) this.#begin();
      else this.#send();
    });
  }

  #dropPiece(): void {
    this.dropped += this.#pieceLines;
    this.#piece = undefined;
    this.#begin();
  }

  #break(): void {
    this.#isBroken = true;
    this.dropped += this.#waiting.length + (this.#piece === undefined ? 0 : this.#pieceLines);
    this.#waiting = [];
    this.#piece = undefined;
    this.#onIdle?.();
  }
}
