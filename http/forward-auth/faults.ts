/** What is refused because the API could read the request in another way than it was judged. */
import { type Problem, refuse } from "../../engine/errors.ts";
import { canonicalName, OVERRIDES } from "../header-names.ts";
import { IDENTITY_HEADERS } from "../identity-headers.ts";
import { isAmbiguous } from "../operation-rules.ts";
import { hasDotSegment } from "../request-path.ts";
import type { OriginalRequest } from "./original-request.ts";

export const DISAGREEING = refuse("invalid_request", "The headers that name the original request disagree, or are no path.").problem;
export const FORGED = refuse("invalid_request", "Headers that begin with X-Keyward are Keyward's own.").problem;
const NO_ORIGINAL = refuse("invalid_request", "The gateway must send the original method and path.").problem;
const AMBIGUOUS = refuse("invalid_request", "The path must not have dot segments, empty segments or encoded separators.").problem;
const OVERRIDDEN = refuse("invalid_request", "A header asks for another method or path than the request's own.").problem;

/** Gateways themselves send the names that begin with `x-original-`; what a client sends under them must agree with the gateway. */
const REFUSED_OVERRIDES: ReadonlySet<string> = new Set(OVERRIDES.filter((name) => !name.startsWith("x-original-")));

/**
 * Where the platform's rules depend on method and path, the API must read both as they were judged. The gateway decides what reaches the API, so
 * whatever may be read in two ways is refused here.
 */
export function faultByRules({ target, isMethodNamed }: OriginalRequest, rawHeaders: readonly string[]): Problem | undefined {
  if (target === undefined || !isMethodNamed) return NO_ORIGINAL;
  if (isAmbiguous(target) || hasDotSegment(target)) return AMBIGUOUS;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2)
    if (REFUSED_OVERRIDES.has(canonicalName(rawHeaders[at] as string))) return OVERRIDDEN;
  return undefined;
}

const KNOWN: ReadonlySet<string> = new Set(IDENTITY_HEADERS.map((name) => name.toLowerCase()));

/**
 * Whether the client sent a name that the API may read as an identity header's, and that no gateway replaces: `X_Keyward_Key_Id`,
 * `x.keyward.key.id`, or one that Keyward does not have yet. The identity headers themselves are replaced by ours.
 */
export function forgesIdentity(rawHeaders: readonly string[]): boolean {
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    // Only names with a k or K in the third place can begin so.
    if ((name.charCodeAt(2) | 0x20) !== 0x6b || KNOWN.has(name.toLowerCase())) continue;
    if (canonicalName(name).startsWith("x-keyward")) return true;
  }
  return false;
}
