/** How calls end that do not succeed. */
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

/** The server has answered, and refused. `message` is a sentence that may be shown to people; nothing here holds the token. */
export class KeywardError extends Error {
  override readonly name = "KeywardError";
  /** The status of HTTP. */
  readonly status: number;
  /** From the catalogue in docs/errors.md; undefined when something other than Keyward has answered. */
  readonly code: ErrorCode | undefined;
  /** The server's own sentence, where it gave one. */
  readonly detail: string | undefined;
  /** The input that is at fault, as the request spells it: `name`, `limits.requestsPerMinute`. */
  readonly field: string | undefined;
  /** Whole seconds after which the same request would pass. */
  readonly retryAfterSeconds: number | undefined;
  /** Where the server sends callers on to; redirects are never followed, for the token is for this server alone. */
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

/** No answer has come: the connection failed or was cut, or the time was up. A change may have been made or not. */
export class KeywardUnreachable extends Error {
  override readonly name = "KeywardUnreachable";
  /** The time was up. */
  readonly isTimeout: boolean;

  constructor(message: string, { cause, isTimeout }: { readonly cause: unknown; readonly isTimeout: boolean }) {
    super(message, { cause });
    this.isTimeout = isTimeout;
  }
}
