/**
 * The load: bare sockets, each with one request under way at most; as much as the server can take, or as much as is asked for. It does as little as it can for a
 * response (find the end of the head, read content-length), because whatever it costs is part of both figures and hides their difference.
 */
import { connect, type Socket } from "node:net";
import { type Done, givenOptions, type Latency, serveSlices } from "./slices.ts";

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
let received: (socket: Socket) => void = () => undefined;

/** Opened by the first slice, the one that nobody counts: until then others may be measured, longer than a server waits for a request. */
let sockets: readonly Socket[] | undefined;
serveSlices(async (milliseconds, perSecond) => {
  sockets ??= await Promise.all(Array.from({ length: connections }, open));
  return perSecond === undefined ? closedLoop(sockets, milliseconds) : openLoop(sockets, milliseconds, perSecond);
});

function send(socket: Socket): void {
  next = next + 1 < bytes.length ? next + 1 : 0;
  socket.write(bytes[next] as Buffer);
}

/** Each response is followed by the next request: as many as the server can take. */
function closedLoop(all: readonly Socket[], milliseconds: number): Promise<Done> {
  return new Promise((resolve) => {
    let isOpen = true;
    let underWay = all.length;
    let done = 0;
    setTimeout(() => {
      isOpen = false;
    }, milliseconds);
    received = (socket) => {
      done++;
      if (isOpen) send(socket);
      else if (--underWay === 0) resolve({ done });
    };
    for (const socket of all) send(socket);
  });
}

/**
 * Requests are due at the moments of a Poisson stream, and each one's time counts from then, also while it waits for a free connection: a
 * server that pauses pays for every request that was due meanwhile. The client looks at its clock all the time, because a timer would be late
 * by a millisecond.
 */
function openLoop(all: readonly Socket[], milliseconds: number, perSecond: number): Promise<Done> {
  return new Promise((resolve) => {
    const free = [...all];
    const waiting: number[] = [];
    const sentFor = new Map<Socket, number>();
    const times: number[] = [];
    const until = performance.now() + milliseconds;
    let due = performance.now();
    const sendDue = () => {
      for (let socket = free.at(-1); socket !== undefined && waiting.length > 0; socket = free.at(-1)) {
        free.pop();
        sentFor.set(socket, waiting.shift() as number);
        send(socket);
      }
    };
    received = (socket) => {
      times.push(performance.now() - (sentFor.get(socket) ?? Number.NaN));
      free.push(socket);
      sendDue();
    };
    const look = () => {
      const now = performance.now();
      for (; due <= now && due < until; due -= (Math.log(1 - Math.random()) * 1_000) / perSecond) waiting.push(due);
      sendDue();
      if (due < until || waiting.length > 0 || free.length < all.length) setImmediate(look);
      else resolve({ done: times.length, latency: latencyOf(times) });
    };
    look();
  });
}

function latencyOf(times: number[]): Latency {
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999) };
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
          received(socket);
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
