/** An API behind the gateway: a real server that remembers what it was sent, and responds as the test says. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { afterAll, beforeAll } from "vitest";

interface Received {
  readonly method: string;
  /** The request target, raw. */
  readonly url: string;
  /** Names as they came and values, in their order. */
  readonly lines: readonly (readonly [name: string, value: string])[];
  /** All values of the headers that a backend would take for this one: case and `_` for `-` do not matter. */
  values(name: string): string[];
  /** Complete when the body has been read. */
  body: Buffer;
  readonly socket: Socket;
}

export class Upstream {
  readonly received: Received[] = [];
  /** Known once it has started. */
  url = "";
  readonly #server: Server;
  #answer: ((request: IncomingMessage, response: ServerResponse) => unknown) | undefined;

  constructor() {
    this.#server = createServer((request, response) => {
      const received = toReceived(request);
      this.received.push(received);
      if (this.#answer !== undefined) return void this.#answer(request, response);
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        received.body = Buffer.concat(chunks);
        response.end("upstream's response");
      });
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((listening) => this.#server.listen(0, "127.0.0.1", listening));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this.url;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }

  /** Forgets what it received; from now on it responds so, or reads the body and sends 200. */
  reset(answer?: (request: IncomingMessage, response: ServerResponse) => unknown): void {
    this.received.length = 0;
    this.#answer = answer;
  }

  /** The only request that came. */
  get only(): Received {
    const [first] = this.received;
    if (first === undefined || this.received.length !== 1) throw new Error(`the upstream received ${this.received.length} requests`);
    return first;
  }
}

/** One for all tests of a file. */
export function suiteUpstream(): Upstream {
  const upstream = new Upstream();
  beforeAll(async () => void (await upstream.start()));
  afterAll(() => upstream.stop());
  return upstream;
}

function toReceived(request: IncomingMessage): Received {
  const { method = "", url = "", rawHeaders, socket } = request;
  const lines = rawHeaders.flatMap((name, at) => (at % 2 === 0 ? [[name, rawHeaders[at + 1] ?? ""] as const] : []));
  const canonical = (name: string) => name.toLowerCase().replaceAll("_", "-");
  const values = (name: string) => lines.filter(([given]) => canonical(given) === canonical(name)).map(([, value]) => value);
  return { method, url, lines, values, body: Buffer.alloc(0), socket };
}
