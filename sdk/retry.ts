/** When a request is sent again automatically, and after how long. */

const PAUSES_MS = [100, 400];
const LONGEST_WAIT_SECONDS = 2;
const PASSING = new Set([502, 503, 504]);

interface Attempt {
  /** Attempts before this one. */
  readonly number: number;
  /** Reading, or a change with an Idempotency-Key: sent twice, it is done once. */
  readonly isRepeatable: boolean;
  /** Undefined when no response arrived. */
  readonly status: number | undefined;
  readonly retryAfterSeconds: number | undefined;
}

/** Milliseconds to wait before the next attempt, or undefined when this one counts. At most two more are made. */
export function pauseMs({ number, isRepeatable, status, retryAfterSeconds }: Attempt): number | undefined {
  const pause = PAUSES_MS[number];
  if (!isRepeatable || pause === undefined) return undefined;
  if (status === undefined || PASSING.has(status)) return pause;
  const isSoon = retryAfterSeconds !== undefined && retryAfterSeconds <= LONGEST_WAIT_SECONDS;
  return status === 429 && isSoon ? retryAfterSeconds * 1_000 : undefined;
}
