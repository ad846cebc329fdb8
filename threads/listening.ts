/** Listening on an address, alone or together with other threads. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { ListenAt } from "../config.ts";

export interface Listening {
  /** `http://host:port`. */
  readonly url: string;
  /** As the system has it: an address in place of a name, and a port in place of 0. */
  readonly address: string;
  readonly port: number;
}

/**
 * @param isShared whether other threads of this process listen there too. Then the system hands each new connection to one of them.
 * @throws Error with one sentence that names the setting to change
 */
export function listen(server: Server, at: ListenAt, isShared = false): Promise<Listening> {
  const { host, port, portName, hostName } = at;
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const sentences: Record<string, string> = {
        EADDRINUSE: `port ${port} is taken; name another with ${portName}`,
        EACCES: `port ${port} may not be used by this user; name another with ${portName}`,
        ENOTFOUND: `there is no host ${host}; name an address of this machine with ${hostName}`,
        EADDRNOTAVAIL: `${host} is no address of this machine; name one with ${hostName}`,
      };
      reject(new Error(sentences[error.code ?? ""] ?? error.message, { cause: error }));
    });
    server.listen({ port, host, reusePort: isShared }, () => {
      const { address, port: taken, family } = server.address() as AddressInfo;
      resolve({ url: `http://${family === "IPv6" ? `[${address}]` : address}:${taken}`, address, port: taken });
    });
  });
}

/**
 * The same for the first of several threads. A port that is shared may be shared with another process of the same user as well, which nobody
 * would notice: whether it is taken shows only when it is asked for alone.
 */
export async function listenFirst(server: Server, at: ListenAt): Promise<Listening> {
  if (at.port !== 0) {
    const alone = createServer();
    await listen(alone, at);
    await closed(alone);
  }
  return listen(server, at, true);
}

/** Whether several threads can listen on one port. Only a try tells: not every system can. */
export async function canShareAPort(): Promise<boolean> {
  const server = createServer();
  try {
    await listen(server, { host: "127.0.0.1", port: 0, hostName: "", portName: "" }, true);
    await closed(server);
    return true;
  } catch {
    return false;
  }
}

const closed = (server: Server): Promise<unknown> => new Promise((done) => server.close(done));
