/** What a response says: the value of a success, or the error of anything else. */
import type { ErrorCode } from "./api.ts";
import { KeywardError, type Refusal } from "./errors.ts";

/** A response whose body has arrived whole. */
export interface Received {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  readonly text: string;
  /** Browsers hide where a redirect leads, and its status too. */
  readonly isRedirect: boolean;
}

type Json = Readonly<Record<string, unknown>>;

/** The value of a success: parsed JSON, undefined when it has no body, or with `as` the response itself. @throws KeywardError for all else */
export function readResponse(received: Received, as: "csv" | undefined, token: string | undefined): unknown {
  const { status, statusText, headers, text, isRedirect } = received;
  const requestId = requestIdOf(headers);
  const refused = (refusal: Refusal) =>
    new KeywardError(token === undefined ? { ...refusal, requestId } : withoutToken({ ...refusal, requestId }, token));
  if (isRedirect) throw refused({ status, statusText: "The server redirects callers.", location: headers.get("location") ?? undefined });
  if (status === 204) return undefined;
  const isSuccess = status >= 200 && status < 300;
  if (isSuccess && as === "csv") return received;
  const body = parse(text);
  if (isSuccess && body !== undefined) return body;
  if (isSuccess) throw refused({ status, statusText: `Status ${status}, but not from Keyward.` });
  throw refused({
    status,
    statusText,
    code: textOf(body?.code) as ErrorCode | undefined,
    detail: sentenceOf(body),
    field: fieldOf(body),
    retryAfterSeconds: retryAfterSeconds(headers),
  });
}

/** The server may be one that echoes requests. */
function withoutToken(refusal: Refusal, token: string): Refusal {
  const hidden = (value: unknown) => (typeof value === "string" ? value.replaceAll(token, "[token]") : value);
  return Object.fromEntries(Object.entries(refusal).map(([name, value]) => [name, hidden(value)])) as unknown as Refusal;
}

/** Whole seconds (RFC 9110, 10.2.3); a date, which Keyward does not send, is none. */
export function retryAfterSeconds(headers: Headers): number | undefined {
  const value = headers.get("retry-after") ?? "";
  return /^\d{1,9}$/.test(value) ? Number(value) : undefined;
}

/** Another server's header may have anything in it: only what is harmless in a terminal is an id. */
function requestIdOf(headers: Headers): string | undefined {
  const value = headers.get("x-request-id") ?? "";
  return /^[\w.~-]{1,128}$/.test(value) ? value : undefined;
}

function parse(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}

/** Problem details (RFC 9457), `{message}` or `{error}`, or one of these within another: a platform's own form, or a proxy's. */
function sentenceOf(body: unknown): string | undefined {
  if (typeof body === "string") return body;
  if (typeof body !== "object" || body === null) return undefined;
  const { detail, message, error } = body as Json;
  return sentenceOf(detail ?? message ?? error);
}

function fieldOf(body: Json | undefined): string | undefined {
  const [first] = Array.isArray(body?.errors) ? (body.errors as unknown[]) : [];
  return typeof first === "object" && first !== null ? textOf((first as Json).field) : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
