/** How a call fails. */
import type { ErrorCode } from "./api.ts";

export interface Refusal {
  readonly status: number;
  readonly statusText?: string;
  readonly code?: ErrorCode | undefined;
  readonly detail?: string | undefined;
  readonly field?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
  readonly location?: string | undefined;
}

/** The server refused the request. `message` is a sentence that may be shown to people; nothing here holds the token. */
export class KeywardError extends Error {
  override readonly name = "KeywardError";
  /** The status of HTTP. */
  readonly status: number;
  /** From the catalogue in docs/errors.md; undefined when the response is not Keyward's. */
  readonly code: ErrorCode | undefined;
  /** The server's own sentence, where it gave one. */
  readonly detail: string | undefined;
  /** The invalid input, as the request spells it: `name`, `limits.requestsPerMinute`. */
  readonly field: string | undefined;
  /** Whole seconds after which the same request would pass. */
  readonly retryAfterSeconds: number | undefined;
  /** The target of a redirect. Redirects are never followed: the token is for this server alone. */
  readonly location: string | undefined;

  constructor({ status, statusText, code, detail, field, retryAfterSeconds, location }: Refusal) {
    super(detail ?? (statusText || `Status ${status}.`));
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.field = field;
    this.retryAfterSeconds = retryAfterSeconds;
    this.location = location;
  }
}

/** No response arrived: the connection failed or was cut, or the time ran out. A change may have been made or not. */
export class KeywardUnreachable extends Error {
  override readonly name = "KeywardUnreachable";
  /** Whether the time ran out. */
  readonly isTimeout: boolean;

  constructor(message: string, { cause, isTimeout }: { readonly cause: unknown; readonly isTimeout: boolean }) {
    super(message, { cause });
    this.isTimeout = isTimeout;
  }
}
