/**
 * Requests as node:http has them, each to its surface. Verification is answered here, ahead of the framework: it is the one route
 * whose speed is the product, and a framework's Request and Response cost more than all the rest of it.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { getRequestListener, RequestError } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { OpenAPIHono } from "@hono/zod-openapi";
import { send } from "../adapters/node-response.ts";
import { answerPreflight, isForWebsites, isPreflight } from "../admission/cors.ts";
import { BEARER, extractCredential } from "../admission/credential.ts";
import { type Answer, problemAnswer } from "../admission/response.ts";
import { refuse } from "../engine/errors.ts";
import type { Platform } from "../platforms/define.ts";
import { authenticate } from "./access.ts";
import { isAtOrBelow } from "./base-url.ts";
import type { HttpContext } from "./context.ts";
import { inFormAcceptedBy } from "./error-form.ts";
import type { Gateway } from "./gateway/gateway.ts";
import { BODY_MAX_BYTES, tooLarge } from "./json-body.ts";
import { faultInHead } from "./request-head.ts";
import { failureAnswer, toResponse } from "./route.ts";
import { VERIFY_PATH, verifyBytes } from "./verify/verify.ts";
import { WHOAMI_PATH } from "./verify/whoami.ts";

/** Where people manage keys, and programs that do it for them. The upstream has nothing below them. */
const MANAGEMENT = ["/keyward", "/org"];

/** What a server needs to know of the surfaces. */
export interface Surfaces {
  readonly listener: RequestListener;
  /** Whether a request goes on to the upstream: its body may be as large and as slow as the upstream takes it. */
  isForUpstream(request: IncomingMessage): boolean;
}

export function nodeSurfaces(context: HttpContext, app: OpenAPIHono, gateway: Gateway | undefined): Surfaces {
  const framework = frameworkListener(context, app);
  const own = ownPaths(context.platform);
  const isOurs = ({ url = "" }: IncomingMessage) => own.some((base) => isAtOrBelow(url, base));
  const listener: RequestListener = (request, response) => {
    const fault = faultInHead(request);
    if (fault !== undefined)
      send(
        response,
        problemAnswer(inFormAcceptedBy(context, request).platform, refuse("invalid_request", fault).problem, { connection: "close" }),
      );
    else if (request.url === VERIFY_PATH && request.method === "POST") serveVerify(context, request, response);
    else if (isForWebsites(context) && isPreflight(request) && isForKeys(request.url ?? ""))
      answerPreflight(context, request, response).catch(fail(context, response));
    else if (gateway === undefined || isOurs(request)) framework(request, response);
    else gateway.handle(request, response);
  };
  return { listener, isForUpstream: (request) => gateway !== undefined && !isOurs(request) };
}

/** Keyward's own paths, the dashboard's among them, and all at and below those that the platform documents: what is not documented there does not exist. */
export function ownPaths({ routes }: Pick<Platform, "routes">): readonly string[] {
  return [...MANAGEMENT, ...routes.map(({ path }) => path.replace("/{id}", ""))];
}

function frameworkListener(context: HttpContext, app: OpenAPIHono): RequestListener {
  type Environment = Parameters<typeof app.fetch>[1] & { readonly outgoing: ServerResponse };
  const fetch = async (request: Request, env: Environment) => {
    const response = await app.fetch(request, env);
    // The server has refused meanwhile, a body that did not come for example; or the client is gone.
    return env.outgoing.headersSent || env.outgoing.destroyed ? RESPONSE_ALREADY_SENT : response;
  };
  const listener = getRequestListener(fetch as typeof app.fetch, {
    overrideGlobalObjects: false,
    errorHandler(error) {
      if (!(error instanceof RequestError)) return toResponse(failureAnswer(context, error));
      return toResponse(problemAnswer(context.platform, refuse("invalid_request", "The request target is not readable.").problem));
    },
  });
  return (request, response) => {
    // A client of HTTP/1.0 may name no host: it is the one that everybody else names.
    request.headers.host ??= new URL(context.identity.baseUrl()).host;
    void listener(request, response);
  };
}

/** Whether websites may call a path: what takes platform credentials, and nothing of the management API. */
function isForKeys(url: string): boolean {
  return !MANAGEMENT.some((base) => isAtOrBelow(url, base)) || url.split("?", 1)[0] === WHOAMI_PATH;
}

/** Reads the body, and no further than the first byte too many: with the connection ends what has not been read. */
function serveVerify(context: HttpContext, request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  let length = 0;
  request.on("data", (chunk: Buffer) => {
    if (length > BODY_MAX_BYTES) return;
    length += chunk.length;
    if (length <= BODY_MAX_BYTES) chunks.push(chunk);
    else {
      response.setHeader("connection", "close");
      answerVerify(context, request, response, undefined);
    }
  });
  request.on("end", () => {
    if (length > BODY_MAX_BYTES) return;
    answerVerify(context, request, response, chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
  });
}

function answerVerify(context: HttpContext, request: IncomingMessage, response: ServerResponse, bytes: Buffer | undefined): void {
  try {
    const answer = authorizeAndVerify(context, request, bytes);
    if (answer instanceof Promise) answer.then((late) => send(response, late), fail(context, response));
    else send(response, answer);
  } catch (error) {
    fail(context, response)(error);
  }
}

/**
 * Looks at who asks when the body has come: a caller that sends it slowly is judged by what is true then. Synchronous when both the
 * service token and the key are in memory. No bytes: the body is too large.
 */
function authorizeAndVerify(context: HttpContext, request: IncomingMessage, bytes: Buffer | undefined): Answer | Promise<Answer> {
  const extracted = extractCredential(request.rawHeaders, BEARER);
  if (extracted.found === "one" && context.service.serviceTokens.isInMemory(extracted.presented))
    return verifyRead(context, request, bytes);
  return authenticate(context, { method: "POST", rawHeaders: request.rawHeaders, socket: request.socket }, ["service"]).then(
    (authenticated) => ("answer" in authenticated ? authenticated.answer : verifyRead(context, request, bytes)),
  );
}

function verifyRead(context: HttpContext, { headers }: IncomingMessage, bytes: Buffer | undefined): Answer | Promise<Answer> {
  return bytes === undefined ? problemAnswer(context.platform, tooLarge().problem) : verifyBytes(context, bytes, headers);
}

function fail(context: HttpContext, response: ServerResponse): (error: unknown) => void {
  return (error) => send(response, failureAnswer(context, error));
}
