/** What a thrown failure becomes: an entry in the log, which has the cause, and a sentence for the caller, which has none. */
import { type Problem, refuse, stackOf } from "../engine/errors.ts";
import { StoreUnavailable } from "../service/store-unavailable.ts";
import type { AdmissionContext } from "./context.ts";
import { type PlainResponse, problemResponse } from "./response.ts";

/** A failure that is nobody's bug: something that Keyward depends on does not respond. */
export interface Outage {
  readonly error: abstract new (...args: never[]) => Error;
  readonly problem: Problem;
}

export const STORE_OUTAGE: Outage = Object.freeze({
  error: StoreUnavailable,
  problem: refuse("store_unavailable", "The database is not available. Nothing was changed.").problem,
});
const INTERNAL = refuse("internal", "Keyward could not process this request.").problem;

/** The response to a request that failed, after logging the failure. An outage of the store is a 503 and never a verdict. */
export function failureResponse(context: Pick<AdmissionContext, "platform" | "log">, error: unknown, requestId: string): PlainResponse {
  return problemResponse(context.platform, logFailure(context, error, requestId));
}

/** Logs a failure, with its stack and causes. Returns what the caller may know of it. */
export function logFailure(
  { log }: Pick<AdmissionContext, "log">,
  error: unknown,
  requestId: string | undefined,
  outages: readonly Outage[] = [STORE_OUTAGE],
): Problem {
  const outage = outages.find((known) => error instanceof known.error);
  log.error(
    { failure: error instanceof Error ? error.message : "unknown", stack: stackOf(error), ...(requestId !== undefined && { requestId }) },
    outage === undefined ? "a request failed" : "the store or the platform's identity is not available",
  );
  return outage?.problem ?? INTERNAL;
}
