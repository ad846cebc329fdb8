/** Errors in words for people: the server's own sentence if there is one. */
import { KeywardError, KeywardUnreachable } from "@keyward/sdk";

/** One or two sentences. */
export function sentenceOf(error: unknown): string {
  if (error instanceof KeywardUnreachable)
    return "Keyward cannot be reached. Nothing you typed is lost. Try again when you are back online.";
  if (error instanceof KeywardError) return error.message;
  return "Something went wrong on this page. Reload it. If that does not help, tell the operator.";
}

/** The one of these inputs that the server refused, if any. */
export function fieldOf<Field extends string>(error: unknown, fields: readonly Field[]): Field | undefined {
  if (!(error instanceof KeywardError) || error.field === undefined) return undefined;
  const { field } = error;
  return fields.find((name) => field === name || field.startsWith(`${name}.`) || field.startsWith(`${name}[`));
}

export function isNotFound(error: unknown): boolean {
  return error instanceof KeywardError && error.status === 404;
}

/** The session has ended. */
export function isSignedOut(error: unknown): boolean {
  return error instanceof KeywardError && error.status === 401;
}

export function isForbidden(error: unknown): boolean {
  return error instanceof KeywardError && error.status === 403;
}
