/** A TCP proxy in front of a PostgreSQL, for tests that lose connections. */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

interface TcpProxy {
  /** The same URL with the proxy's port. */
  readonly url: string;
  /** Called with what a client sends. `pass` hands it to the server; what is not passed never arrives there. */
  onSent: ((sent: Buffer, link: { pass(): void; cut(): void; readonly server: Socket }) => void) | undefined;
  /** Ends all connections, as a network does: without a word. */
  cutAll(): void;
  /** While set, new connections are refused. */
  isDown: boolean;
  close(): void;
}

export async function tcpProxy(url: string): Promise<TcpProxy> {
  const to = new URL(url);
  const open = new Set<Socket>();
  const keep = (socket: Socket) => {
    open.add(socket);
    socket.on("error", () => undefined).once("close", () => open.delete(socket));
  };
  const listener = createServer((client) => {
    keep(client);
    if (proxy.isDown) return void client.resetAndDestroy();
    const server = connect(Number(to.port), to.hostname);
    keep(server);
    server.pipe(client);
    client.on("data", (sent: Buffer) => {
      const link = {
        server,
        pass: () => void server.write(sent),
        cut: () => {
          client.resetAndDestroy();
          server.resetAndDestroy();
        },
      };
      if (proxy.onSent === undefined) link.pass();
      else proxy.onSent(sent, link);
    });
    client.once("close", () => server.destroy());
    server.once("close", () => client.destroy());
  });
  const proxy: TcpProxy = {
    url: "",
    onSent: undefined,
    isDown: false,
    cutAll() {
      for (const socket of open) socket.resetAndDestroy();
    },
    close() {
      listener.close();
      proxy.cutAll();
    },
  };
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const through = new URL(url);
  through.port = String((listener.address() as AddressInfo).port);
  return Object.assign(proxy, { url: through.href });
}
