/**
 * An upstream that reads as the most gullible server does: names are folded as CGI folds them, and a message may be framed twice. It keeps
 * the very bytes that came, and counts as a request whatever such a server would.
 */
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { onTestFinished } from "vitest";

interface RawRequest {
  readonly method: string;
  readonly target: string;
  /** Names as they came and values, in their order. */
  readonly lines: readonly (readonly [name: string, value: string])[];
  /** What a server that follows CGI finds under a name. */
  values(name: string): string[];
  readonly body: string;
}

/** Replies on the socket as it likes. `nth` counts the requests of the connection from 1. */
type Reply = (socket: Socket, request: RawRequest, nth: number) => void;

export const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
/** Lower case, and `-` for whatever is neither letter nor digit. */
export const folded = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]/g, "-");

export class RawUpstream {
  readonly received: RawRequest[] = [];
  /** All bytes of all connections, as Latin-1. */
  bytes = "";
  connections = 0;
  /** Which frame counts where a message has two: chunks, as RFC 9112, 6.3 has it, or the length. */
  wins: "chunks" | "length" = "chunks";
  reply: Reply = (socket) => void socket.write(OK);
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor() {
    this.#server = createServer((socket) => {
      this.connections++;
      // What is written arrives then, and not with the next request's acknowledgement.
      socket.setNoDelay(true);
      this.#sockets.add(socket);
      let rest = "";
      let nth = 0;
      socket.on("error", () => undefined).on("close", () => this.#sockets.delete(socket));
      socket.on("data", (chunk) => {
        const text = chunk.toString("latin1");
        this.bytes += text;
        rest += text;
        for (let read = readRequest(rest, this.wins); read !== undefined; read = readRequest(rest, this.wins)) {
          rest = read.rest;
          this.received.push(read.request);
          this.reply(socket, read.request, ++nth);
        }
      });
    });
  }

  /** Listens until the test ends. */
  static async start(): Promise<RawUpstream & { readonly url: string }> {
    const upstream = new RawUpstream();
    await new Promise<void>((listening) => upstream.#server.listen(0, "127.0.0.1", listening));
    onTestFinished(() => {
      upstream.closeConnections();
      upstream.#server.close();
    });
    return Object.assign(upstream, { url: `http://127.0.0.1:${(upstream.#server.address() as AddressInfo).port}` });
  }

  closeConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  reset(): void {
    this.received.length = 0;
    this.bytes = "";
  }
}

/** The first request in a stream of bytes, if it is whole. */
function readRequest(stream: string, wins: RawUpstream["wins"]): { request: RawRequest; rest: string } | undefined {
  const end = stream.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [requestLine = "", ...headerLines] = stream.slice(0, end).split("\r\n");
  const [method = "", target = ""] = requestLine.split(" ");
  const lines = headerLines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()] as const);
  const values = (name: string) => lines.filter(([given]) => folded(given) === folded(name)).map(([, value]) => value);
  const after = stream.slice(end + 4);
  const length = values("content-length")[0];
  const isChunked = values("transfer-encoding").some((value) => /chunked/i.test(value)) && (wins === "chunks" || length === undefined);
  const framed = isChunked ? readChunks(after) : readLength(after, Number.parseInt(length ?? "0", 10));
  return framed && { request: { method, target, lines, values, body: framed.body }, rest: framed.rest };
}

function readLength(stream: string, length: number): { body: string; rest: string } | undefined {
  return stream.length < length ? undefined : { body: stream.slice(0, length), rest: stream.slice(length) };
}

function readChunks(stream: string): { body: string; rest: string } | undefined {
  let body = "";
  for (let at = 0; ; ) {
    const lineEnd = stream.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const length = Number.parseInt(stream.slice(at, lineEnd), 16) || 0;
    const next = lineEnd + 2 + length + 2;
    if (stream.length < next) return undefined;
    body += stream.slice(lineEnd + 2, lineEnd + 2 + length);
    if (length === 0) return { body, rest: stream.slice(next) };
    at = next;
  }
}
