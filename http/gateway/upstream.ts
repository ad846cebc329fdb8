/**
 * Sends requests to the platform's own API, straight on node:http: over kept connections, streaming, with a time limit. A request is repeated
 * only if repeating it is safe.
 */
import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { Socket } from "node:net";
import type { UpstreamFailure } from "../../telemetry/meter.ts";

interface UpstreamOptions {
  /** The base URL of the platform's own API; its path is prepended to the request's. */
  readonly upstream: URL;
  /** How long the upstream may take to begin its response, in milliseconds. */
  readonly timeoutMs: number;
}

interface Outgoing {
  readonly method: string;
  /** In origin form. */
  readonly target: string;
  /** Header lines, names and values in turn, the frame of the body among them. */
  readonly headers: readonly string[];
  /** Undefined for a request without one. */
  readonly body: IncomingMessage | undefined;
  /** Whether the request asks for another protocol: then it gets a connection of its own. */
  readonly isUpgrade: boolean;
}

export type { UpstreamFailure };

/** One of them is called once; none after the request was cancelled. */
interface Outcome<Failure> {
  onResponse(incoming: IncomingMessage): void;
  /** The upstream has switched protocols; `head` is what it has sent after its response. Without this, that is unreadable. */
  onUpgrade?: ((incoming: IncomingMessage, socket: Socket, head: Buffer) => void) | undefined;
  onFailure(failure: Failure): void;
}

export interface Upstream {
  /** Its host and port, for `Host`. */
  readonly host: string;
  /** Sends a request. The returned function cancels the request and its response, and drops the rest of its body. */
  send(outgoing: Outgoing, outcome: Outcome<UpstreamFailure>): () => void;
  /** Ends all connections. */
  close(): void;
}

/**
 * Servers close idle connections without notice, many after five seconds, and a request sent at that moment is lost. Closing them sooner, or
 * when the server's `Keep-Alive` says so (which node:http heeds only below its own timeout), keeps that rare.
 */
const IDLE_MS = 4_000;
/** Safe methods (RFC 9110, 9.2.1). The standard also allows repeating PUT and DELETE, but an API that counts or charges them would do so twice. */
const REPEATABLE: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);
const LOST: ReadonlySet<string | undefined> = new Set(["ECONNRESET", "EPIPE"]);

export function openUpstream({ upstream, timeoutMs }: UpstreamOptions): Upstream {
  const isSecure = upstream.protocol === "https:";
  const kept = new (isSecure ? HttpsAgent : HttpAgent)({ keepAlive: true, timeout: IDLE_MS });
  const request = isSecure ? httpsRequest : httpRequest;
  const basePath = upstream.pathname.replace(/\/$/, "");
  const server = { protocol: upstream.protocol, hostname: upstream.hostname.replace(/^\[|\]$/g, ""), port: upstream.port, setHost: false };

  return {
    host: upstream.host,
    send({ method, target, headers, body, isUpgrade }, outcome) {
      const begin = (agent: HttpAgent | false, onLost: () => void) =>
        exchange(request({ ...server, agent, method, path: basePath + target, headers }), body, timeoutMs, {
          onResponse: outcome.onResponse,
          onUpgrade: outcome.onUpgrade,
          onFailure: (failure) => (failure === "lost" ? onLost() : outcome.onFailure(failure)),
        });
      const fail = () => outcome.onFailure("unreachable");
      const mayRepeat = body === undefined && REPEATABLE.has(method);
      // On a new connection: the next kept one may be closing as well.
      const repeat = () => {
        cancel = begin(false, fail);
      };
      let cancel = isUpgrade ? begin(false, fail) : begin(kept, mayRepeat ? repeat : fail);
      return () => cancel();
    },
    close: () => kept.destroy(),
  };
}

/**
 * One request on one connection. `lost`: the server closed a kept connection without sending a byte, so it is unknown whether it received the
 * request.
 */
function exchange(
  request: ClientRequest,
  body: IncomingMessage | undefined,
  timeoutMs: number,
  { onResponse, onUpgrade, onFailure }: Outcome<UpstreamFailure | "lost">,
): () => void {
  let isSettled = false;
  let socket: Socket | undefined;
  let bytesBefore = 0;
  // The time limit begins when the request has been sent: an upload may take any time.
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
  request.once("upgrade", (incoming, upgraded: Socket, head) => {
    if (onUpgrade === undefined || isSettled) {
      upgraded.destroy();
      return fail("unreadable");
    }
    settle();
    onUpgrade(incoming, upgraded, head);
  });
  // Once the response has begun, its own stream reports a broken connection.
  request.on("error", ({ code }: NodeJS.ErrnoException) => {
    fail(request.reusedSocket && LOST.has(code) && socket?.bytesRead === bytesBefore ? "lost" : "unreachable");
  });
  // Not a pipeline, which would close the client's connection with the server's, before the client gets its response.
  if (body === undefined) request.end();
  else body.on("data", onUpload).pipe(request);
  return () => {
    settle();
    dropBody();
    request.destroy();
  };
}

/**
 * Whether a response that cannot have a body announces one. HEAD and 304 may do so; but if the server then sends it, it would be read as the
 * response to the next request on the connection.
 */
function announcesMissingBody({ method }: ClientRequest, { statusCode, headers }: IncomingMessage): boolean {
  if (method !== "HEAD" && statusCode !== 204 && statusCode !== 304) return false;
  return headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0";
}
