/** Responses as plain values, before any framework sees them: the same value goes out over `fetch` and over a bare socket. */
import { ERRORS, type Problem } from "../engine/errors.ts";
import type { Platform } from "../platforms/define.ts";
import { challenge } from "./challenge.ts";
import type { PlainResponse } from "./port.ts";

export type { PlainResponse } from "./port.ts";

/** A response whose body is made while it is sent. The stream fails when the body cannot be completed. */
export interface StreamedResponse extends Omit<PlainResponse, "body"> {
  readonly body: ReadableStream<Uint8Array>;
}

/** A response that stays open after its body. `release` must be called once its connection has been closed. */
export interface HeldResponse extends PlainResponse {
  readonly body: string;
  readonly release: () => void;
}

/** Headers of every response of Keyward's own: it belongs in no cache, and its type is not to be guessed. */
export const ALWAYS = { "cache-control": "no-store", "x-content-type-options": "nosniff" };

/** Those and the content type, in the order in which the framework writes them: which of the two served a path makes no difference. */
const headersWith = (contentType: string) => ({
  "cache-control": ALWAYS["cache-control"],
  "content-type": contentType,
  "x-content-type-options": ALWAYS["x-content-type-options"],
});

/** The headers of a JSON response without headers of its own; `send` knows it by identity and writes it faster. */
export const JSON_HEADERS: Readonly<Record<string, string>> = Object.freeze(headersWith("application/json"));

/** A response with `value` as JSON. `headers` replace the usual ones of the same name. */
export function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): PlainResponse {
  return { status, headers: { ...JSON_HEADERS, ...headers }, body: JSON.stringify(value) };
}

/** A response whose body is JSON text already. */
export function jsonText(status: number, body: string): PlainResponse {
  return { status, headers: JSON_HEADERS, body };
}

/** 204. */
export function noContent(headers: Readonly<Record<string, string>> = {}): PlainResponse {
  return { status: 204, headers: { ...ALWAYS, ...headers }, body: undefined };
}

/** 303: the browser asks for `location` with GET. */
export function seeOther(location: string): PlainResponse {
  return { status: 303, headers: { ...ALWAYS, location }, body: undefined };
}

/**
 * A refusal in the platform's documented form, with the status of its code. A 401 always has a challenge (RFC 9110, 15.5.2), the platform's
 * unless `headers` bring one.
 * @example
 * problemResponse(platform, { code: "not_found", detail: "There is no such key." }).status; // 404
 */
export function problemResponse(platform: Platform, problem: Problem, headers: Readonly<Record<string, string>> = {}): PlainResponse {
  const { errorForm } = platform;
  const { status } = ERRORS[problem.code];
  const challenged =
    status === 401 && headers["www-authenticate"] === undefined
      ? { "www-authenticate": challenge(platform.title, platform.credentials, problem.code) }
      : {};
  const retryAfter = problem.retryAfterSeconds === undefined ? {} : { "retry-after": String(problem.retryAfterSeconds) };
  return {
    status,
    headers: { ...headersWith(errorForm.contentType), ...retryAfter, ...challenged, ...headers },
    body: JSON.stringify(errorForm.body(problem, (code) => ERRORS[code])),
  };
}
