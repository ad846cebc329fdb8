/** Hands each request of node:http to its surface: the direct routes, forward-auth, the framework, or the gateway. */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { getRequestListener, RequestError } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { send } from "../adapters/node-response.ts";
import { isForWebsites, isPreflight, preflightResponse } from "../admission/cors.ts";
import { REQUEST_ID_HEADER } from "../admission/request-id.ts";
import { problemResponse } from "../admission/response.ts";
import { refuse } from "../engine/errors.ts";
import type { Platform } from "../platforms/define.ts";
import { rowOf } from "../telemetry/meter.ts";
import type { Application } from "./application.ts";
import { isAtOrBelow } from "./base-url.ts";
import type { HttpContext } from "./context.ts";
import { inFormAcceptedBy } from "./error-form.ts";
import { failureResponse } from "./failure.ts";
import { FORWARD_AUTH_PATH, forwardAuth } from "./forward-auth/forward-auth.ts";
import { toResponse } from "./framework.ts";
import type { Gateway } from "./gateway/gateway.ts";
import { requestIdOf } from "./identified.ts";
import { faultInHead } from "./request-head.ts";
import { inRequest } from "./request-scope.ts";
import { serveDirect } from "./serve-direct.ts";
import { surfaceOf } from "./surface-of.ts";
import { WHOAMI_PATH } from "./verify/whoami.ts";

/** The paths of the management API and the dashboard. Nothing below them goes to the upstream. */
const MANAGEMENT = ["/keyward", "/org"];

/** What a server needs to know of the surfaces. */
export interface Surfaces {
  readonly listener: RequestListener;
  /** Whether a request goes to the upstream, which sets its own limits on the size and duration of bodies. */
  isForUpstream(request: IncomingMessage): boolean;
  /** Requests whose connection switches to another protocol. Undefined where no surface has such. */
  readonly upgrades?: Upgrades | undefined;
}

interface Upgrades extends Pick<Gateway, "upgrade"> {
  /** @param path the path of the request, without the prefix of the base URL */
  isUpgrade(request: IncomingMessage, path: string): boolean;
}

/** What serves Keyward's own paths. */
interface OwnRoutes extends Pick<Application, "findDirect"> {
  /** Serves what is no direct route. */
  readonly serveOthers: RequestListener;
}

export function nodeSurfaces(context: HttpContext, app: Application, gateway: Gateway | undefined): Surfaces {
  const serveOthers = measuring(context, frameworkListener(context, app));
  return surfacesOver(context, { findDirect: (request) => app.findDirect(request), serveOthers }, gateway);
}

export function surfacesOver(context: HttpContext, { findDirect, serveOthers }: OwnRoutes, gateway: Gateway | undefined): Surfaces {
  const forForwardAuth = forwardAuth(context);
  const own = ownPaths(context.platform);
  const isOurPath = (path: string) => own.some((base) => isAtOrBelow(path, base));
  const isOurs = ({ url = "" }: IncomingMessage) => isOurPath(url);
  const hasPreflights = isForWebsites(context);
  const listener: RequestListener = (request, response) => {
    const { url = "" } = request;
    const fault = faultInHead(request);
    const isForwardAuth = isAtOrBelow(url, FORWARD_AUTH_PATH);
    const direct = isForwardAuth ? undefined : findDirect(request);
    if (fault !== undefined)
      send(
        response,
        problemResponse(inFormAcceptedBy(context, request).platform, refuse("invalid_request", fault).problem, { connection: "close" }),
      );
    else if (direct !== undefined) serveDirect(context, direct, request, response);
    else if (isForwardAuth) forForwardAuth(request, response);
    else if (hasPreflights && isPreflight(request) && isForKeys(url))
      preflightResponse(context, request.rawHeaders).then((plain) => send(response, plain), fail(context, response));
    else if (gateway === undefined || isOurs(request)) serveOthers(request, response);
    else gateway.handle(request, response);
  };
  const upgrades = gateway && {
    isUpgrade: (request: IncomingMessage, path: string) =>
      faultInHead(request) === undefined && !isOurPath(path) && gateway.isUpgrade(request),
    upgrade: gateway.upgrade,
  };
  return { listener, isForUpstream: (request) => gateway !== undefined && !isOurs(request), upgrades };
}

/** Keyward's own paths, and those that the platform documents. Nothing else exists at or below them: it does not go to the upstream. */
export function ownPaths(platform: Pick<Platform, "routes">): readonly string[] {
  return [...MANAGEMENT, ...documentedPaths(platform)];
}

function documentedPaths({ routes }: Pick<Platform, "routes">): readonly string[] {
  return routes.map(({ path }) => path.replace("/{id}", ""));
}

/** Everything that the framework serves ends on a socket, and a listener more costs little there. */
function measuring({ meter, platform }: HttpContext, serve: RequestListener): RequestListener {
  if (meter === undefined) return serve;
  const documented = documentedPaths(platform);
  return (request, response) => {
    const began = meter.clock.now();
    const row = rowOf(surfaceOf(request.url ?? "", documented));
    response.once("close", () => {
      // A client that left before the response has no status.
      if (response.headersSent) meter.responded(row, response.statusCode, began);
    });
    serve(request, response);
  };
}

function frameworkListener(context: HttpContext, app: Application): RequestListener {
  type Environment = Parameters<typeof app.fetch>[1] & { readonly outgoing: ServerResponse };
  const fetch = async (request: Request, env: Environment) => {
    const response = await app.fetch(request, env);
    if (!env.outgoing.headersSent && !env.outgoing.destroyed) return response;
    // Meanwhile the server has refused the request, for example because its body timed out, or the client has disconnected.
    await response.body?.cancel();
    return RESPONSE_ALREADY_SENT;
  };
  const listener = getRequestListener(fetch as typeof app.fetch, {
    overrideGlobalObjects: false,
    errorHandler(error) {
      if (!(error instanceof RequestError)) return toResponse(failureResponse(context, error));
      return toResponse(problemResponse(context.platform, refuse("invalid_request", "The request target is not readable.").problem));
    },
  });
  return (request, response) => {
    // HTTP/1.0 allows a request without a host: assume the configured one.
    request.headers.host ??= new URL(context.identity.baseUrl()).host;
    response.setHeader(REQUEST_ID_HEADER, requestIdOf(request));
    inRequest(requestIdOf(request), () => void listener(request, response));
  };
}

/** Whether websites may call a path: one that takes platform credentials, and none of the management API. */
function isForKeys(url: string): boolean {
  return !MANAGEMENT.some((base) => isAtOrBelow(url, base)) || url.split("?", 1)[0] === WHOAMI_PATH;
}

function fail(context: HttpContext, response: ServerResponse): (error: unknown) => void {
  return (error) => send(response, failureResponse(context, error, requestIdOf(response.req)));
}
