/** Answers, before any framework sees them: the same value goes out over `fetch` and over a bare socket. */
import { ERRORS, type ErrorCode, type Problem } from "../engine/errors.ts";
import type { CredentialPlace, Platform } from "../platforms/define.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined for an answer without a body. */
  readonly body: string | undefined;
}

/** An answer that is made while it is sent. The stream fails where it could not be made whole. */
export interface StreamedAnswer extends Omit<Answer, "body"> {
  readonly body: ReadableStream<Uint8Array>;
}

/** What every answer of Keyward carries: nothing of it belongs into a cache, and its type is not to be guessed. */
export const ALWAYS = { "cache-control": "no-store", "x-content-type-options": "nosniff" };

export function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: { ...ALWAYS, "content-type": "application/json", ...headers }, body: JSON.stringify(value) };
}

/** The headers of an answer that is JSON text already. */
export const JSON_HEADERS: Readonly<Record<string, string>> = Object.freeze({ ...ALWAYS, "content-type": "application/json" });

/** An answer whose body is JSON text already. */
export function jsonText(status: number, body: string): Answer {
  return { status, headers: JSON_HEADERS, body };
}

export function noContent(headers: Readonly<Record<string, string>> = {}): Answer {
  return { status: 204, headers: { ...ALWAYS, ...headers }, body: undefined };
}

/** Leads a browser to another address, which it asks for with GET. */
export function seeOther(location: string): Answer {
  return { status: 303, headers: { ...ALWAYS, location }, body: undefined };
}

/** A refusal in the platform's documented form. */
export function problemAnswer(platform: Platform, problem: Problem, headers: Readonly<Record<string, string>> = {}): Answer {
  const { errorForm } = platform;
  const { status } = ERRORS[problem.code];
  // RFC 9110, 15.5.2: a 401 always carries a challenge.
  const challenged =
    status === 401 && headers["www-authenticate"] === undefined
      ? { "www-authenticate": challenge(platform.title, platform.credentials, problem.code) }
      : {};
  const retryAfter = problem.retryAfterSeconds === undefined ? {} : { "retry-after": String(problem.retryAfterSeconds) };
  return {
    status,
    headers: { ...ALWAYS, "content-type": errorForm.contentType, ...retryAfter, ...challenged, ...headers },
    body: JSON.stringify(errorForm.body(problem, (code) => ERRORS[code])),
  };
}

/**
 * The `WWW-Authenticate` challenge (RFC 9110, 11.6.1), one scheme for each place where a credential may stand. RFC 6750, 3.1: no
 * error code when nothing was sent.
 */
export function challenge(realm: string, places: readonly CredentialPlace[], code: ErrorCode, scopes: readonly string[] = []): string {
  const error =
    { invalid_credential: ', error="invalid_token"', insufficient_scope: `, error="insufficient_scope", scope="${scopes.join(" ")}"` }[
      code as string
    ] ?? "";
  return places.map(({ scheme }) => (scheme === undefined ? `ApiKey realm="${realm}"` : `${scheme} realm="${realm}"${error}`)).join(", ");
}
