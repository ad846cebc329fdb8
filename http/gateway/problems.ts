/** What the gateway refuses by itself, before and after the key was judged. */
import { publicRefusal } from "../../admission/refusal.ts";
import { type Problem, refuse } from "../../engine/errors.ts";
import { hasDotSegment } from "../request-path.ts";
import type { UpstreamFailure } from "./upstream.ts";

export const UNFRAMED = refuse("invalid_request", "Send the body by its length, or with chunked as the only transfer coding.").problem;
export const NO_LONGER_VALID: Problem = publicRefusal("revoked");
export const NOTHING_THERE = refuse("not_found", "There is nothing at this path.").problem;
const NO_PATH = refuse("invalid_request", "The request target must be a path.").problem;
const DOT_SEGMENTS = refuse("invalid_request", "The path must not have . or .. as a segment, in any encoding.").problem;

export const UPSTREAM_PROBLEMS: Readonly<Record<UpstreamFailure, Problem>> = {
  unreachable: refuse("upstream_unreachable", "The API behind Keyward cannot be reached.").problem,
  unreadable: refuse("upstream_unreachable", "The response of the API behind Keyward cannot be passed on.").problem,
  stalled: refuse("request_timeout", "The request did not come in time.").problem,
  timeout: refuse("upstream_timeout", "The API behind Keyward did not respond in time.").problem,
};

/** Accepts only the origin form, since an absolute URL names a host of the client's choice, and no dot segments. */
export function targetProblem(target: string): Problem | undefined {
  if (!target.startsWith("/")) return NO_PATH;
  return hasDotSegment(target) ? DOT_SEGMENTS : undefined;
}
