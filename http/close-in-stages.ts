/**
 * Closing a connection without losing what was sent last. The system answers data that arrives on a closed connection with a reset, and a reset
 * throws away what the client has not read yet. So the connection is closed in stages (RFC 9112, 9.6): nothing more is sent, what still arrives
 * is read and dropped, and it ends when the client ends it, or a moment later.
 */
import type { Server } from "node:http";
import { Socket } from "node:net";

/** For how long the connection is read after the last byte has been sent. */
const LINGER_MS = 1_000;

const LINGERING = new WeakSet<Socket>();

/** From now on, every connection of the server that ends with a response is closed like this. node:http ends it with `destroySoon`, as does our own code. */
export function closeInStages(server: Server): void {
  server.on("connection", (socket) => {
    // One between threads is not a TCP connection.
    if (socket instanceof Socket) socket.destroySoon = endAndLinger;
  });
}

/** Whether everything has been sent, and the connection is open only for what the client still sends. */
export function isLingering(socket: Socket): boolean {
  return LINGERING.has(socket);
}

function endAndLinger(this: Socket): void {
  if (this.destroyed || LINGERING.has(this)) return;
  LINGERING.add(this);
  const linger = () => {
    const timer = setTimeout(() => this.destroy(), LINGER_MS);
    this.once("close", () => clearTimeout(timer));
  };
  this.writableFinished ? linger() : this.once("finish", linger);
  if (this.writable) this.end();
  // Instead of node:http's parser, which would go on parsing requests.
  this.removeAllListeners("data").on("data", () => undefined);
  this.resume();
}
