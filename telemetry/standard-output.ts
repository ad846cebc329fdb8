/**
 * Standard output that never blocks. `process.stdout` waits where a pipe is full, and with it every request; a write in a thread of Node's pool would
 * wait there, and could keep the process from ending.
 */
import { constants, fstatSync, openSync, write } from "node:fs";
import { Socket } from "node:net";
import type { Sink } from "./line-writer.ts";

const STANDARD_OUTPUT = 1;
/** The same file under another number, whose mode is our own: whoever started us may share theirs with other programs. */
const REOPENED = "/dev/fd/1";

export function standardOutput(): Sink {
  const kind = fstatSync(STANDARD_OUTPUT);
  if (kind.isSocket()) return toSocket();
  // A file takes everything at once, at the place where the one who opened it wants it.
  return toFile(kind.isFile() ? STANDARD_OUTPUT : reopened());
}

function reopened(): number {
  try {
    return openSync(REOPENED, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    return STANDARD_OUTPUT;
  }
}

function toFile(file: number): Sink {
  return { write: (bytes, done) => write(file, bytes, 0, bytes.length, null, (error, written) => done(error, written)) };
}

/** The journal of systemd is one. */
function toSocket(): Sink {
  const socket = new Socket({ fd: STANDARD_OUTPUT, readable: false, writable: true });
  socket.on("error", () => undefined);
  socket.unref();
  return { write: (bytes, done) => void socket.write(bytes, (error) => done(error ?? null, bytes.length)) };
}
