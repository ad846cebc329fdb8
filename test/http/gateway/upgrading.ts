/** Both ends of a connection that switches protocols: a client that writes its request by hand, and an API that switches and echoes. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { parseResponse, type RawResponse, readAll } from "../raw-http.ts";

export interface SwitchingApi {
  readonly url: string;
  /** Upgrades as they came. */
  readonly upgrades: { request: IncomingMessage; socket: Socket; values(name: string): string[] }[];
  /** Ordinary requests. */
  readonly requests: string[];
  /** What it does with an upgrade, in place of switching and echoing. */
  onUpgrade: ((request: IncomingMessage, socket: Socket, head: Buffer) => void) | undefined;
  onRequest: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
}

export const SWITCH = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

/** Ends with the test, unless `whenDone` takes what ends it. */
export async function switchingApi(whenDone: (end: () => void) => unknown = onTestFinished): Promise<SwitchingApi> {
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    api.requests.push(`${request.method} ${request.url} ${request.headers.upgrade ?? "-"} ${request.headers["http2-settings"] ?? "-"}`);
    if (api.onRequest !== undefined) return api.onRequest(request, response);
    request.resume().on("end", () => response.end("ordinary"));
  });
  server.on(
    "connection",
    (socket: Socket) => void sockets.add(socket.on("close", () => sockets.delete(socket)).on("error", () => undefined)),
  );
  server.on("upgrade", (request, socket: Socket, head) => {
    const values = (name: string) =>
      request.rawHeaders.filter((_value, at) => at % 2 === 1 && request.rawHeaders[at - 1]?.toLowerCase() === name.toLowerCase());
    api.upgrades.push({ request, socket, values });
    if (api.onUpgrade !== undefined) return api.onUpgrade(request, socket, head);
    socket.write(SWITCH);
    socket.write(head);
    socket.pipe(socket);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  whenDone(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const api: SwitchingApi = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    upgrades: [],
    requests: [],
    onUpgrade: undefined,
    onRequest: undefined,
  };
  return api;
}

export interface Switched {
  readonly socket: Socket;
  /** The response, without what follows a 101. */
  readonly response: RawResponse;
  /** Resolves once so many bytes have come after the head. */
  read(length: number): Promise<string>;
  /** Resolves with the milliseconds from the call to the close. */
  closed(): Promise<number>;
}

const WEBSOCKET = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="];

/** Asks for a WebSocket. `early` is sent with the request. */
export async function openSocket(url: string, lines: readonly string[], target = "/ws", early = ""): Promise<Switched> {
  return openRaw(url, [`GET ${target} HTTP/1.1`, `Host: ${new URL(url).host}`, ...WEBSOCKET, ...lines], early);
}

/** Sends a head of which nothing is added or left out. */
export async function openRaw(url: string, head: readonly string[], early = ""): Promise<Switched> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  let bytes = Buffer.alloc(0);
  let isClosed = false;
  let notice = () => undefined as unknown;
  socket.on("error", () => undefined);
  socket.on("data", (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    notice();
  });
  socket.on("close", () => {
    isClosed = true;
    notice();
  });
  const until = async (isDone: () => boolean) => {
    while (!isDone() && !isClosed) await new Promise<void>((noticed) => (notice = noticed));
  };
  socket.write(`${head.join("\r\n")}\r\n\r\n${early}`, "latin1");
  await until(() => bytes.includes("\r\n\r\n"));
  const end = bytes.indexOf("\r\n\r\n") + 4;
  const isSwitched = bytes.subarray(0, 13).toString() === "HTTP/1.1 101 ";
  // Any other response ends with its connection.
  if (!isSwitched) await until(() => false);
  const response = parseResponse(isSwitched ? bytes.subarray(0, end) : bytes);
  return {
    socket,
    response,
    async read(length) {
      await until(() => bytes.length >= end + length);
      return bytes.subarray(end, end + length).toString("latin1");
    },
    async closed() {
      const from = performance.now();
      await until(() => false);
      return performance.now() - from;
    },
  };
}

/** All that comes for what is written, until the server closes the connection. `then` is written when so many responses have come. */
export async function exchange(url: string, text: string, then = "", responses = 1): Promise<string> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  let received = "";
  if (then !== "")
    socket.on("data", (chunk) => {
      const before = received.split("HTTP/1.1 ").length;
      received += chunk.toString("latin1");
      if (before <= responses && received.split("HTTP/1.1 ").length > responses) socket.write(then, "latin1");
    });
  socket.write(text, "latin1");
  return (await readAll(socket)).toString("latin1");
}
