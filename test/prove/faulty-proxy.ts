/** A TCP proxy that can delay what goes through it, lose it, or cut its connections. */
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

export class FaultyProxy {
  /** Where connections go: of the URL, host and port. */
  to: URL;
  /** What a client connects to. */
  url = "";
  /** Everything arrives this much later, in order. */
  delayMs = 0;
  /** Nothing arrives, in either direction, and nobody is told: a partition. What was sent meanwhile is lost with its connection. */
  isSilent = false;
  readonly #links = new Set<{ cut(): void; isSpoiled: boolean }>();
  readonly #listener: Server;

  private constructor(to: URL) {
    this.to = to;
    this.#listener = createServer((client) => this.#link(client));
  }

  static async open(url: string): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(new URL(url));
    await new Promise<void>((done) => proxy.#listener.listen(0, "127.0.0.1", done));
    const through = new URL(url);
    through.port = String((proxy.#listener.address() as AddressInfo).port);
    proxy.url = through.href;
    return proxy;
  }

  /** Ends all connections without a word. */
  reset(): void {
    for (const link of this.#links) link.cut();
  }

  /** Ends a partition. A connection that has lost something cannot go on: TCP would have repeated it, so it is cut. */
  heal(): void {
    this.isSilent = false;
    for (const link of this.#links) if (link.isSpoiled) link.cut();
  }

  close(): void {
    this.#listener.close();
    this.reset();
  }

  #link(client: Socket): void {
    const server = connect(Number(this.to.port), this.to.hostname);
    const link = {
      isSpoiled: false,
      cut: () => {
        client.resetAndDestroy();
        server.resetAndDestroy();
      },
    };
    this.#links.add(link);
    const forward = (from: Socket, to: Socket) => {
      // Deliveries keep their order when the delay changes.
      let last = 0;
      from.on("data", (chunk: Buffer) => {
        if (this.isSilent) {
          link.isSpoiled = true;
          return;
        }
        const at = Math.max(performance.now() + this.delayMs, last);
        last = at;
        const waitMs = at - performance.now();
        if (waitMs < 0.5) to.write(chunk);
        else setTimeout(() => to.destroyed || to.write(chunk), waitMs);
      });
      from.on("error", () => undefined);
      from.once("close", () => {
        this.#links.delete(link);
        to.destroy();
      });
    };
    forward(client, server);
    forward(server, client);
  }
}
