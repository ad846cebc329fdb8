/**
 * Routes that are served straight on node:http, ahead of the framework, whose Request and Response cost more than all the rest. The framework
 * serves them too, from the same declaration: for an application that mounts `fetch`, for HEAD, and for a path that is not written plainly.
 */

import type { RouteConfig } from "@hono/zod-openapi";
import type { Client } from "../admission/client-address.ts";
import type { HeldResponse, PlainResponse, StreamedResponse } from "../admission/response.ts";
import type { Outcome } from "../engine/errors.ts";
import type { Surface } from "../telemetry/surfaces.ts";
import type { BodyHeaders } from "./json-body.ts";

/** What a route sees of a request, whichever way it comes. */
export interface RouteInput extends Client {
  readonly requestId: string;
  readonly method: string;
  /** The path as sent, perhaps with a query. */
  readonly url: string;
  readonly headers: BodyHeaders & {
    readonly accept?: string | undefined;
    readonly authorization?: string | undefined;
    readonly "idempotency-key"?: string | string[] | undefined;
  };
}

export type AnyResponse = PlainResponse | HeldResponse | StreamedResponse;

export interface DirectRoute {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** With parameters in braces, as in OpenAPI. */
  readonly path: string;
  readonly takesBody: boolean;
  /** Its response is a stream, which the framework sends. */
  readonly isStreamed?: boolean;
  /** What its requests are counted as. `management` when absent. */
  readonly surface?: Surface;
  /** Its entry in the OpenAPI document. */
  document(): Omit<RouteConfig, "method" | "path">;
  /** `body` is empty where the route takes none. Synchronous when everything that it needs is in memory. */
  respond(request: RouteInput, body: Outcome<Buffer>, match: Pick<DirectMatch, "params" | "query">): AnyResponse | Promise<AnyResponse>;
}

/** A direct route, and what the path of a request gives it. */
export interface DirectMatch {
  readonly route: DirectRoute;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
}
