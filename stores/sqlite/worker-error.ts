/**
 * Errors on their way between threads. A message keeps an error's name, message, stack and cause, and drops its own properties: those may
 * hold values of the statement that failed, and a log must not have them.
 */

const DEEPEST_CAUSE = 5;

/** The error as it can be sent: itself with its causes, each an Error and nothing else. */
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
