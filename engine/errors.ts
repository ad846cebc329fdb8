/**
 * The catalogue of errors: status, title and advice are read from here by the HTTP surfaces, OpenAPI and docs/errors.md.
 * A code is never reused for another meaning.
 */
export const ERRORS = {
  invalid_request: { status: 400, title: "The request is not valid", advice: "Correct the field named in the response." },
  invalid_json: { status: 400, title: "The body is not readable JSON", advice: "Send one JSON object, encoded in UTF-8." },
  multiple_credentials: { status: 400, title: "More than one credential", advice: "Send one credential, in one header, once." },
  missing_credential: { status: 401, title: "No credential", advice: "Send your API key in the header that the platform documents." },
  invalid_credential: {
    status: 401,
    title: "The credential is not valid",
    advice: "Check that the key is complete and still in use, or create a new one.",
  },
  insufficient_scope: { status: 403, title: "The key may not do this", advice: "Use a key that has the scopes named in the response." },
  forbidden: { status: 403, title: "Not permitted", advice: "Use a credential that may manage this." },
  origin_not_allowed: {
    status: 403,
    title: "The key may not be used from this website",
    advice: "Add the website's domain to the key's allowed domains, or send the secret key from a server.",
  },
  key_limit_reached: {
    status: 403,
    title: "The plan's number of keys is reached",
    advice: "Revoke a key that is no longer used, or change the plan.",
  },
  not_found: { status: 404, title: "Not found", advice: "Check the id and the path." },
  method_not_allowed: { status: 405, title: "Method not allowed", advice: "Use one of the methods in the Allow header." },
  not_claimable: { status: 404, title: "This key cannot be linked", advice: "Check that the key is complete and still in use." },
  request_timeout: {
    status: 408,
    title: "The request took too long to arrive",
    advice: "Send the whole request at once, or repeat it over a better connection.",
  },
  already_claimed: { status: 409, title: "The key is linked to this organization already", advice: "Find it in the list." },
  key_in_use: { status: 409, title: "The key authenticates this very request", advice: "Use another key, or the dashboard." },
  key_not_active: {
    status: 409,
    title: "The key is no longer active",
    advice: "Create a new key; a revoked or expired key cannot be made active again.",
  },
  already_rotated: { status: 409, title: "The key has been rotated already", advice: "Rotate its successor instead." },
  last_owner: { status: 409, title: "An organization keeps one owner", advice: "Make somebody else an owner first." },
  already_exists: { status: 409, title: "It exists already", advice: "Choose another name." },
  idempotency_in_progress: {
    status: 409,
    title: "The first request with this Idempotency-Key is still running",
    advice: "Repeat the request in a moment.",
  },
  payload_too_large: { status: 413, title: "The body is too large", advice: "Send at most 64 KB." },
  unsupported_media_type: {
    status: 415,
    title: "The content type is not supported",
    advice: "Send Content-Type: application/json, and the body uncompressed.",
  },
  expectation_failed: {
    status: 417,
    title: "The expectation cannot be met",
    advice: "Leave the Expect header out, or send Expect: 100-continue.",
  },
  idempotency_mismatch: {
    status: 422,
    title: "This Idempotency-Key belongs to another request",
    advice: "Use a new Idempotency-Key for a new request.",
  },
  rate_limited: { status: 429, title: "Too many requests", advice: "Wait for as many seconds as Retry-After says." },
  headers_too_large: {
    status: 431,
    title: "The headers are too large",
    advice: "Send fewer or shorter headers; cookies are often what fills them.",
  },
  internal: { status: 500, title: "Keyward failed", advice: "Repeat the request; if it fails again, tell the operator." },
  upstream_unreachable: { status: 502, title: "The API behind Keyward cannot be reached", advice: "Try again later." },
  store_unavailable: { status: 503, title: "The database is not available", advice: "Try again in a moment; nothing was changed." },
  identity_unavailable: {
    status: 503,
    title: "The identity provider is not available",
    advice: "Try again in a moment; whether you are signed in could not be checked.",
  },
  dashboard_unavailable: {
    status: 503,
    title: "The dashboard is not available",
    advice: "Tell the operator; the API and the command line do everything that it does.",
  },
  upstream_timeout: { status: 504, title: "The API behind Keyward did not respond in time", advice: "Try again later." },
} as const satisfies Record<string, { status: number; title: string; advice: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** A refusal, written for the caller: its sentences contain no secret and nothing about other people's data. */
export interface Problem {
  readonly code: ErrorCode;
  readonly detail: string;
  /** The input that was refused, by the name that the caller gave it: `name`, `limits.requestsPerMinute`. */
  readonly field?: string;
  /** Whole seconds after which the same request would pass. */
  readonly retryAfterSeconds?: number;
}

export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem };

export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

export function refuse(
  code: ErrorCode,
  detail: string,
  more: Omit<Problem, "code" | "detail"> = {},
): { readonly ok: false; readonly problem: Problem } {
  return { ok: false, problem: { code, detail, ...more } };
}

/** Refuses one input with `invalid_request`. `detail` is a sentence that names the field. */
export function invalid(field: string, detail: string): { readonly ok: false; readonly problem: Problem } {
  return refuse("invalid_request", detail, { field });
}

/**
 * The stacks of an error and of its causes, for the log; undefined if it is not an Error. Messages and frames only: other properties of
 * an error may hold values that must not be logged, such as the parameters of a statement.
 */
export function stackOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const stacks: string[] = [];
  for (let at: unknown = error; at instanceof Error && stacks.length < 5; at = at.cause)
    stacks.push(at.stack ?? `${at.name}: ${at.message}`);
  return stacks.join("\ncaused by ");
}
