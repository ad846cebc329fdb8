/** Joins the connections of a client and an upstream that have switched to another protocol: bytes pass in both directions, unread. */
import type { Socket } from "node:net";

interface End {
  readonly socket: Socket;
  /** What it has sent already, for the other one. */
  readonly head: Buffer;
}

/** Notices a peer that is gone without a word. Nothing else limits how long a tunnel may be silent. */
const KEEP_ALIVE_MS = 60_000;
/** How long one side may go on after the other has ended or gone. */
const HALF_OPEN_MS = 10_000;

/** When one side is closed, so is the other, after it got what was sent to it. */
export function tunnel(client: End, upstream: End): void {
  const sockets = [client.socket, upstream.socket];
  let timer: NodeJS.Timeout | undefined;
  const closeLater = () => {
    timer ??= setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, HALF_OPEN_MS);
  };
  const join = (from: End, to: End) => {
    from.socket.setTimeout(0);
    from.socket.setNoDelay(true);
    from.socket.setKeepAlive(true, KEEP_ALIVE_MS);
    if (from.head.length > 0) to.socket.write(from.head);
    from.socket.on("error", () => undefined);
    from.socket.once("end", closeLater);
    from.socket.once("close", () => {
      closeLater();
      to.socket.destroySoon();
      if (sockets.every(({ destroyed }) => destroyed)) clearTimeout(timer);
    });
    from.socket.pipe(to.socket);
  };
  join(client, upstream);
  join(upstream, client);
  // One of them may have gone before.
  for (const [one, other] of [sockets, sockets.toReversed()] as [Socket, Socket][]) if (one.destroyed) other.destroy();
}
