/**
 * The load: bare sockets, each with one request under way, replaced as soon as its response can be read. It does as little as it can for a
 * response (find the end of the head, read content-length), because whatever it costs is part of both figures and hides their difference.
 */
import { connect, type Socket } from "node:net";
import { givenOptions, serveSlices } from "./slices.ts";

export interface LoadOptions {
  readonly port: number;
  /** Whole requests, sent in turn. */
  readonly requests: readonly string[];
  readonly connections: number;
  /** How every response must begin. */
  readonly status: number;
  /** What the body of every response must contain, where the status does not tell. */
  readonly contains?: string;
}

const { port, requests, connections, status, contains = "" } = givenOptions<LoadOptions>();
const bytes = requests.map((request) => Buffer.from(request, "latin1"));
const expected = `HTTP/1.1 ${status} `;
const CONTENT_LENGTH = /\r\ncontent-length:/i;
let next = 0;
let answered = 0;
let underWay = 0;
let isOpen = false;
let drained = (): void => undefined;

/** Opened by the first slice, the one that nobody counts: until then others may be measured, longer than a server waits for a request. */
let sockets: readonly Socket[] | undefined;
serveSlices(async (milliseconds) => {
  sockets ??= await Promise.all(Array.from({ length: connections }, open));
  answered = 0;
  isOpen = true;
  setTimeout(() => {
    isOpen = false;
  }, milliseconds);
  for (const socket of sockets) send(socket);
  return new Promise((resolve) => {
    drained = () => resolve(answered);
  });
});

function send(socket: Socket): void {
  underWay++;
  next = next + 1 < bytes.length ? next + 1 : 0;
  socket.write(bytes[next] as Buffer);
}

function receive(socket: Socket): void {
  answered++;
  underWay--;
  if (isOpen) send(socket);
  else if (underWay === 0) drained();
}

function open(): Promise<Socket> {
  return new Promise((opened) => {
    const buffer = Buffer.allocUnsafe(16 * 1024);
    let partial = "";
    const socket = connect({
      port,
      host: "127.0.0.1",
      noDelay: true,
      onread: {
        buffer,
        callback(length) {
          partial += buffer.toString("latin1", 0, length);
          if (!isWhole(partial)) return true;
          partial = "";
          receive(socket);
          return true;
        },
      },
    });
    socket.once("connect", () => opened(socket));
    // A load that has lost a connection measures something else.
    socket.on("error", fail).on("close", () => fail(new Error("the server closed a connection")));
  });
}

/** One request is under way on a connection: what has come is one response, or a part of one. */
function isWhole(text: string): boolean {
  const head = text.indexOf("\r\n\r\n");
  if (head < 0) return false;
  if (!text.startsWith(expected)) fail(new Error(`the response was: ${text}`));
  const field = text.search(CONTENT_LENGTH);
  if (field < 0 || field > head) fail(new Error(`no content-length: ${text}`));
  const length = Number.parseInt(text.slice(field + "\r\ncontent-length:".length, head), 10);
  if (text.length < head + 4 + length) return false;
  if (contains !== "" && !text.includes(contains, head)) fail(new Error(`the response was: ${text}`));
  return true;
}

function fail(error: Error): never {
  console.error(error);
  process.exit(1);
}
