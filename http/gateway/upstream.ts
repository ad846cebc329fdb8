/**
 * Requests to the platform's own API, straight on node:http: over kept connections, streaming, within a time limit, and repeated only
 * where a second request can do nothing that the first has not done.
 */
import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { Socket } from "node:net";

export interface UpstreamOptions {
  /** The platform's own API; a path of it goes before the request's. */
  readonly upstream: URL;
  /** How long the upstream may take to begin its response, in milliseconds. */
  readonly timeoutMs: number;
}

export interface Outgoing {
  readonly method: string;
  /** In origin form. */
  readonly target: string;
  /** Header lines, names and values in turn, the frame of the body among them. */
  readonly headers: readonly string[];
  /** Undefined for a request without one. */
  readonly body: IncomingMessage | undefined;
}

/** `stalled`: the client stopped sending the body that the upstream was waiting for. */
export type UpstreamFailure = "unreachable" | "unreadable" | "timeout" | "stalled";

/** One of the two is called, once; neither after the request was cancelled. */
interface Outcome<Failure> {
  onResponse(incoming: IncomingMessage): void;
  onFailure(failure: Failure): void;
}

export interface Upstream {
  /** Sends a request. The returned function cancels it, the rest of its response too, and drops what is left of its body. */
  send(outgoing: Outgoing, outcome: Outcome<UpstreamFailure>): () => void;
  /** Ends all connections. */
  close(): void;
}

/**
 * Servers close idle connections without a word, many after five seconds, and a request that meets the close is lost. To let go sooner,
 * or when the server's `Keep-Alive` says so (which node:http heeds only below a time of its own), keeps that rare.
 */
const IDLE_MS = 4_000;
/** Safe methods (RFC 9110, 9.2.1): PUT and DELETE may be repeated by the standard, but whoever counts or charges them counts twice. */
const REPEATABLE: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);
const LOST: ReadonlySet<string | undefined> = new Set(["ECONNRESET", "EPIPE"]);

export function openUpstream({ upstream, timeoutMs }: UpstreamOptions): Upstream {
  const isSecure = upstream.protocol === "https:";
  const kept = new (isSecure ? HttpsAgent : HttpAgent)({ keepAlive: true, timeout: IDLE_MS });
  const request = isSecure ? httpsRequest : httpRequest;
  const basePath = upstream.pathname.replace(/\/$/, "");
  const server = { protocol: upstream.protocol, hostname: upstream.hostname.replace(/^\[|\]$/g, ""), port: upstream.port, setHost: false };

  return {
    send({ method, target, headers, body }, outcome) {
      const begin = (agent: HttpAgent | false, onLost: () => void) =>
        exchange(request({ ...server, agent, method, path: basePath + target, headers }), body, timeoutMs, {
          onResponse: outcome.onResponse,
          onFailure: (failure) => (failure === "lost" ? onLost() : outcome.onFailure(failure)),
        });
      const fail = () => outcome.onFailure("unreachable");
      const mayRepeat = body === undefined && REPEATABLE.has(method);
      // On a connection of its own: the next kept one may be closing just as well.
      const repeat = () => {
        cancel = begin(false, fail);
      };
      let cancel = begin(kept, mayRepeat ? repeat : fail);
      return () => cancel();
    },
    close: () => kept.destroy(),
  };
}

/**
 * One request on one connection. `lost`: the server closed a kept connection and sent not a byte in reply, so that nobody knows whether it
 * has seen the request.
 */
function exchange(
  request: ClientRequest,
  body: IncomingMessage | undefined,
  timeoutMs: number,
  { onResponse, onFailure }: Outcome<UpstreamFailure | "lost">,
): () => void {
  let isSettled = false;
  let socket: Socket | undefined;
  let bytesBefore = 0;
  // The server's time begins when it has the request: an upload may take as long as it takes.
  const timer = setTimeout(() => {
    const isClientAwaited = body !== undefined && !body.complete && !body.isPaused();
    fail(isClientAwaited ? "stalled" : "timeout");
    request.destroy();
  }, timeoutMs);
  const onUpload = () => timer.refresh();
  const settle = () => {
    isSettled = true;
    clearTimeout(timer);
    body?.off("data", onUpload);
  };
  const dropBody = () => body?.unpipe(request).resume();
  const fail = (failure: UpstreamFailure | "lost") => {
    if (isSettled) return;
    settle();
    dropBody();
    onFailure(failure);
  };

  request.once("socket", (taken) => {
    socket = taken;
    bytesBefore = taken.bytesRead;
  });
  request.once("response", (incoming) => {
    if (isSettled) return;
    settle();
    if (announcesMissingBody(request, incoming)) request.shouldKeepAlive = false;
    onResponse(incoming);
  });
  // Nobody asked for another protocol.
  request.once("upgrade", (_incoming, upgraded) => {
    upgraded.destroy();
    fail("unreadable");
  });
  // After the response has begun its own stream tells of a broken connection.
  request.on("error", ({ code }: NodeJS.ErrnoException) => {
    fail(request.reusedSocket && LOST.has(code) && socket?.bytesRead === bytesBefore ? "lost" : "unreachable");
  });
  // Not a pipeline: that would end the client's connection with the server's, before the client has heard why.
  if (body === undefined) request.end();
  else body.on("data", onUpload).pipe(request);
  return () => {
    settle();
    dropBody();
    request.destroy();
  };
}

/**
 * Whether a response that can have no body says that it has one. HEAD and 304 do so rightly; but a server that then sends it would have it
 * read as the response to the next request on that connection.
 */
function announcesMissingBody({ method }: ClientRequest, { statusCode, headers }: IncomingMessage): boolean {
  if (method !== "HEAD" && statusCode !== 204 && statusCode !== 304) return false;
  return headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0";
}
