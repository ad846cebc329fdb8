/**
 * The gateway: what is under no route of Keyward is authenticated, limited and passed to the platform's own API, streaming both ways.
 * Straight on node:http: a body is never held in memory, and a slow reader holds back the writer.
 */
import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { pipeline } from "node:stream";
import { type Problem, refuse } from "../engine/errors.ts";
import { admitRequest } from "./admission.ts";
import { readAgentSession } from "./agent-session.ts";
import { challenge, problemAnswer } from "./answer.ts";
import { clientAddress, isTrusted } from "./client-address.ts";
import type { HttpContext } from "./context.ts";
import { BEARER, extractCredential } from "./credential.ts";
import { type Identity, requestHeaders, responseHeaders } from "./forwarded-headers.ts";
import { send } from "./node-answer.ts";
import { operationRules } from "./operation-rules.ts";
import { failureAnswer } from "./route.ts";

export interface GatewayOptions {
  /** The platform's own API; a path of it goes before the request's. */
  readonly upstream: URL;
  /** How long the upstream may take to begin its answer, in milliseconds. */
  readonly timeoutMs: number;
}

export interface Gateway {
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** Ends idle connections to the upstream. */
  close(): void;
}

export function gateway(context: HttpContext, { upstream, timeoutMs }: GatewayOptions): Gateway {
  const isSecure = upstream.protocol === "https:";
  const agent = isSecure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  const requestUpstream = isSecure ? httpsRequest : httpRequest;
  const basePath = upstream.pathname.replace(/\/$/, "");
  const credentialHeaders = context.platform.credentials.map(({ header }) => header);
  const { verifier } = context.service;

  const requirementOf = operationRules(context.platform);

  function open(request: IncomingMessage, identity: Identity): ClientRequest {
    const peer = request.socket.remoteAddress ?? "";
    const proto = request.headers["x-forwarded-proto"];
    const isProxied = isTrusted(peer, context.trustedProxies);
    return requestUpstream({
      agent,
      protocol: upstream.protocol,
      hostname: upstream.hostname.replace(/^\[|\]$/g, ""),
      port: upstream.port,
      method: request.method,
      path: basePath + request.url,
      headers: requestHeaders(request.rawHeaders, {
        identity,
        credentialHeaders,
        upstreamHost: upstream.host,
        clientAddress: clientAddress(peer, isProxied ? request.headers["x-forwarded-for"]?.toString() : undefined, context.trustedProxies),
        clientProtocol: isProxied && proto === "https" ? "https" : "http",
      }),
      setHost: false,
    });
  }

  /** `headers` say where the key's limits stand; they go with whatever is answered. */
  function forward(
    request: IncomingMessage,
    response: ServerResponse,
    identity: Identity,
    headers: Readonly<Record<string, string>>,
    isRetry = false,
  ): void {
    const outgoing = open(request, identity);
    // The upstream's time begins when it has the request: an upload may take as long as it takes.
    const timer = setTimeout(() => outgoing.destroy(new UpstreamTimeout()), timeoutMs);
    const onUpload = () => timer.refresh();
    const cancel = () => outgoing.destroy();
    const settle = () => {
      clearTimeout(timer);
      request.off("data", onUpload);
      response.off("close", cancel);
    };
    if (!isBodiless(request)) request.on("data", onUpload);
    response.once("close", cancel);

    const fail = (problem: Problem) => {
      settle();
      if (response.headersSent) response.destroy();
      else send(response, problemAnswer(context.platform, problem, headers));
    };
    outgoing.once("response", (incoming) => {
      clearTimeout(timer);
      request.off("data", onUpload);
      if (!writeHead(response, incoming, headers)) {
        outgoing.destroy();
        return fail(unreadable());
      }
      pipeline(incoming, response, () => undefined);
    });
    // Nobody asked for another protocol.
    outgoing.once("upgrade", (_incoming, socket) => {
      socket.destroy();
      fail(unreadable());
    });
    outgoing.on("error", (error: NodeJS.ErrnoException) => {
      // The upstream closed a kept connection just as it was taken again: nothing was answered, and without a body nothing was lost.
      if (
        outgoing.reusedSocket &&
        error.code === "ECONNRESET" &&
        !isRetry &&
        isBodiless(request) &&
        !response.headersSent &&
        !response.destroyed
      ) {
        settle();
        return forward(request, response, identity, headers, true);
      }
      fail(
        error instanceof UpstreamTimeout
          ? refuse("upstream_timeout", "The API behind Keyward did not answer in time.").problem
          : unreachable(),
      );
    });
    // Not a pipeline: that would end the client's connection with the upstream's, before the client has heard why.
    if (isBodiless(request)) outgoing.end();
    else request.pipe(outgoing);
  }

  /** Routes that an agent calls for itself: its session token passes, an API key does not. */
  async function forwardAgent(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const extracted = extractCredential(request.rawHeaders, BEARER);
    const session = extracted.found === "one" ? await readAgentSession(context.service, extracted.presented) : undefined;
    if (session !== undefined) return forward(request, response, session, {});
    const code =
      extracted.found === "several" ? "multiple_credentials" : extracted.found === "none" ? "missing_credential" : "invalid_credential";
    const headers = extracted.found === "several" ? {} : { "www-authenticate": challenge(context.platform.title, BEARER, code) };
    send(
      response,
      problemAnswer(
        context.platform,
        { code, detail: "Send the agent's session token as Authorization: Bearer <token>; API keys are not taken here." },
        headers,
      ),
    );
  }

  return {
    async handle(request, response) {
      try {
        // Only the origin form: an absolute or authority form names a host that is not ours to reach.
        if (request.url?.startsWith("/") !== true)
          return send(response, problemAnswer(context.platform, refuse("invalid_request", "The request target must be a path.").problem));
        const requirement = requirementOf(request.method ?? "", request.url);
        if (requirement.kind === "none")
          return send(response, problemAnswer(context.platform, refuse("not_found", "There is nothing at this path.").problem));
        if (requirement.kind === "agent") return await forwardAgent(request, response);
        const admission = await admitRequest(context, request.rawHeaders, requirement.ask, true);
        if ("answer" in admission) return send(response, admission.answer);
        // From here the request is under way until its answer has ended or its connection is gone, whichever way.
        if (response.closed || response.destroyed) return verifier.release(admission.key);
        response.once("close", () => verifier.release(admission.key));
        forward(request, response, admission.key, admission.headers);
      } catch (error) {
        send(response, failureAnswer(context, error));
      }
    },
    close: () => agent.destroy(),
  };
}

class UpstreamTimeout extends Error {}

const unreachable = () => refuse("upstream_unreachable", "The API behind Keyward cannot be reached.").problem;
const unreadable = () => refuse("upstream_unreachable", "The API behind Keyward answered in a way that cannot be passed on.").problem;

/** Begins the answer at once, before the first byte of its body; false when the upstream's head cannot be written. */
function writeHead(response: ServerResponse, incoming: IncomingMessage, headers: Readonly<Record<string, string>>): boolean {
  const status = incoming.statusCode ?? 0;
  const reason = incoming.statusMessage ?? "";
  if (status < 200 || status > 999) return false;
  try {
    const lines = responseHeaders(incoming.rawHeaders, headers);
    if (/^[\t\x20-\x7e\x80-\xff]*$/.test(reason)) response.writeHead(status, reason, lines);
    else response.writeHead(status, lines);
    response.flushHeaders();
    return true;
  } catch {
    return false;
  }
}

function isBodiless({ headers }: IncomingMessage): boolean {
  return headers["content-length"] === undefined ? headers["transfer-encoding"] === undefined : headers["content-length"] === "0";
}
