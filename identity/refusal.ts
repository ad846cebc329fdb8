/** Refusals in Keyward's own words, which pass through Better Auth unchanged. */
import { APIError } from "better-auth/api";
import type { ErrorCode, Outcome, Problem } from "../engine/errors.ts";

const STATUSES: Partial<Record<ErrorCode, "BAD_REQUEST" | "FORBIDDEN" | "NOT_FOUND" | "CONFLICT" | "SERVICE_UNAVAILABLE">> = {
  invalid_request: "BAD_REQUEST",
  forbidden: "FORBIDDEN",
  not_found: "NOT_FOUND",
  already_exists: "CONFLICT",
  identity_unavailable: "SERVICE_UNAVAILABLE",
};

/** Makes the error that an endpoint throws. The caller gets the problem in the platform's form. */
export function refusal(problem: Problem): APIError {
  return new APIError(STATUSES[problem.code] ?? "INTERNAL_SERVER_ERROR", { problem });
}

/** Returns the value of an outcome. @throws the `refusal` of its problem */
export function unwrap<Value>(outcome: Outcome<Value>): Value {
  if (outcome.ok) return outcome.value;
  throw refusal(outcome.problem);
}
