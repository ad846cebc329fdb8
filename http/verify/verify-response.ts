/**
 * The response of verify. Its JSON is written by hand: `JSON.stringify` took a third of the whole verification. No value that is written so has a
 * character that JSON escapes: ids, codes and environments are Keyward's own, scopes consist of `a-z0-9:._/-`. A test parses every response.
 */
import type { Admission } from "../../admission/admit.ts";
import { identifyResponse } from "../../admission/request-id.ts";
import { ALWAYS, type HeldResponse, jsonText, type PlainResponse } from "../../admission/response.ts";
import { type RateLimit, secondsUntil } from "../../engine/limits.ts";
import { formatTimestamp } from "../../engine/timestamp.ts";
import type { Verdict } from "../../service/index.ts";

const NOBODY = '"keyId":null,"organizationId":null,"environment":null,"scopes":[],"resources":null';

/** @param clock milliseconds since the epoch, read for `retryAfterSeconds` alone */
export function verdictResponse(verdict: Verdict, clock: () => number): PlainResponse {
  return jsonText(200, `{${verdictMembers(verdict, clock)}}`);
}

/** With what the caller is to send back to its client: headers, or the refusal. */
export function admissionResponse(admission: Admission, clock: () => number, requestId: string): PlainResponse {
  if ("response" in admission) {
    const { code, verdict, response } = admission;
    const members = verdict === undefined ? `"valid":false,"code":"${code}",${NOBODY},"rateLimits":[]` : verdictMembers(verdict, clock);
    return jsonText(200, `{${members},"refusal":${JSON.stringify(identifyResponse(response, requestId))}}`);
  }
  const { verdict, headers } = admission;
  const expiresAt = JSON.stringify(formatTimestamp(verdict.key.expiresAt));
  return jsonText(200, `{${verdictMembers(verdict, clock)},"expiresAt":${expiresAt},"responseHeaders":${JSON.stringify(headers)}}`);
}

/** The response to an admitted request that is under way until the caller closes the connection. */
export function heldResponse(admission: Extract<Admission, { headers: unknown }>, clock: () => number, requestId: string): HeldResponse {
  const { status, body = "" } = admissionResponse(admission, clock, requestId);
  // Proxies must pass the line on at once. `jsonText` has the headers of a response that is complete.
  const headers = { ...ALWAYS, "content-type": "application/json", "x-accel-buffering": "no" };
  return { status, headers, body: `${body}\n`, release: () => admission.verdict.release() };
}

function verdictMembers(verdict: Verdict, clock: () => number): string {
  const { valid, code, key, retryAt } = verdict;
  const limits = verdict.rateLimits().map(rateLimitJson).join(",");
  const whose =
    key === undefined
      ? NOBODY
      : `"keyId":"${key.id}","organizationId":${quoted(key.organizationId)},"environment":"${key.environment}","scopes":${listJson(key.scopes)},"resources":${JSON.stringify(key.resources)}`;
  const retry = code === "rate_limited" ? `,"retryAfterSeconds":${secondsUntil(retryAt, clock())}` : "";
  return `"valid":${valid},"code":"${code}",${whose},"rateLimits":[${limits}]${retry}`;
}

function rateLimitJson({ name, limit, remaining, resetSeconds, windowSeconds }: RateLimit): string {
  return `{"name":"${name}","limit":${limit},"remaining":${remaining},"resetSeconds":${resetSeconds},"windowSeconds":${windowSeconds}}`;
}

function listJson(texts: readonly string[]): string {
  return texts.length === 0 ? "[]" : `["${texts.join('","')}"]`;
}

function quoted(text: string | null): string {
  return text === null ? "null" : `"${text}"`;
}
