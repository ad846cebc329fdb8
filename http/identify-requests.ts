/** Gives each request that the framework serves its scope. On node:http it has one already, and so has its response. */
import type { MiddlewareHandler } from "hono";
import { REQUEST_ID_HEADER } from "../admission/request-id.ts";
import type { HttpContext } from "./context.ts";
import { clientOf } from "./framework.ts";
import { currentRequestId, inRequest } from "./request-scope.ts";

export function identifyRequests({ requestIds }: Pick<HttpContext, "requestIds">): MiddlewareHandler {
  return async (c, next) => {
    if (currentRequestId() !== undefined) return next();
    // An application that mounts `fetch` serves it.
    const requestId = requestIds.of(clientOf(c));
    await inRequest(requestId, next);
    c.res.headers.set(REQUEST_ID_HEADER, requestId);
  };
}
