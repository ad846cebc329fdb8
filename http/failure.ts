/** Failures of requests on surfaces that also depend on the identity provider, whose outage is a 503 too. */
import { logFailure as logKnown, type Outage, STORE_OUTAGE } from "../admission/failure.ts";
import { type PlainResponse, problemResponse } from "../admission/response.ts";
import { type Problem, refuse } from "../engine/errors.ts";
import { IdentityUnavailable } from "../identity/index.ts";
import type { HttpContext } from "./context.ts";
import { currentRequestId } from "./request-scope.ts";

const OUTAGES: readonly Outage[] = [
  STORE_OUTAGE,
  {
    error: IdentityUnavailable,
    problem: refuse("identity_unavailable", "Who you are could not be checked. Nothing was changed.").problem,
  },
];

/** The response to a request that failed, after logging the failure. `requestId`: where the request has no scope. An outage is a 503 and never a verdict. */
export function failureResponse(context: Pick<HttpContext, "platform" | "log">, error: unknown, requestId?: string): PlainResponse {
  return problemResponse(context.platform, logFailure(context, error, requestId));
}

/** Logs a failure. Returns what the caller may know of it. */
export function logFailure(context: Pick<HttpContext, "log">, error: unknown, requestId = currentRequestId()): Problem {
  return logKnown(context, error, requestId, OUTAGES);
}
