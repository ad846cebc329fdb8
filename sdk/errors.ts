/** The errors of a call. */
import type { ErrorCode } from "./api.ts";

export interface Refusal {
  readonly status: number;
  readonly statusText?: string;
  readonly code?: ErrorCode | undefined;
  readonly detail?: string | undefined;
  readonly field?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
  readonly location?: string | undefined;
  readonly requestId?: string | undefined;
}

/**
 * The server refused the request. `message` is a sentence that may be shown to people. No property contains the token.
 * @example
 * try {
 *   await client.keys.create(organizationId, { limits: { requestsPerMinute: 0 } });
 * } catch (error) {
 *   if (!(error instanceof KeywardError)) throw error;
 *   console.log(error.status, error.code, error.field); // 400 invalid_request limits.requestsPerMinute
 * }
 */
export class KeywardError extends Error {
  override readonly name = "KeywardError";
  /** The HTTP status. */
  readonly status: number;
  /** From the catalogue in docs/errors.md; undefined when the response is not Keyward's. */
  readonly code: ErrorCode | undefined;
  /** The server's own sentence, if it sent one. */
  readonly detail: string | undefined;
  /** The invalid input, by its name in the request: `name`, `limits.requestsPerMinute`. */
  readonly field: string | undefined;
  /** Whole seconds after which the same request would pass. */
  readonly retryAfterSeconds: number | undefined;
  /** The target of a redirect. Redirects are never followed: the token is for this server alone. */
  readonly location: string | undefined;
  /** The id of the request, by which the operator finds it in the log; undefined when the response is not Keyward's. */
  readonly requestId: string | undefined;

  constructor({ status, statusText, code, detail, field, retryAfterSeconds, location, requestId }: Refusal) {
    super(detail ?? (statusText || `Status ${status}.`));
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.field = field;
    this.retryAfterSeconds = retryAfterSeconds;
    this.location = location;
    this.requestId = requestId;
  }
}

/** No response arrived: the connection failed, or the time ran out. It is unknown whether a change was made. */
export class KeywardUnreachable extends Error {
  override readonly name = "KeywardUnreachable";
  /** Whether the time ran out. */
  readonly isTimeout: boolean;

  constructor(message: string, { cause, isTimeout }: { readonly cause: unknown; readonly isTimeout: boolean }) {
    super(message, { cause });
    this.isTimeout = isTimeout;
  }
}
