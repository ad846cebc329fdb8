/**
 * Errors sent between threads. An error keeps its name, message, stack and cause, and loses other properties: they may contain values of the
 * statement that failed, which must not be logged.
 */

const DEEPEST_CAUSE = 5;

/** A copy of the error and its causes that can be sent: plain Errors without other properties. */
export function toSendable(error: unknown, depth = 0): Error {
  if (!(error instanceof Error)) return new Error("unknown failure");
  const { cause } = error;
  const sent = new Error(
    error.message,
    cause instanceof Error && depth < DEEPEST_CAUSE ? { cause: toSendable(cause, depth + 1) } : undefined,
  );
  sent.name = error.name;
  if (error.stack !== undefined) sent.stack = error.stack;
  return sent;
}
