/** What went wrong, in words for people: the server's own where it has any. */
import { KeywardError, KeywardUnreachable } from "@keyward/sdk";

/** One or two sentences. */
export function sentenceOf(error: unknown): string {
  if (error instanceof KeywardUnreachable)
    return "Keyward cannot be reached. Nothing you typed is lost. Try again when you are back online.";
  if (error instanceof KeywardError) return error.message;
  return "Something went wrong on this page. Reload it. If that does not help, tell the operator.";
}

/** The input that the server found fault with, if it is one of these. */
export function fieldOf<Field extends string>(error: unknown, fields: readonly Field[]): Field | undefined {
  if (!(error instanceof KeywardError) || error.field === undefined) return undefined;
  const { field } = error;
  return fields.find((name) => field === name || field.startsWith(`${name}.`) || field.startsWith(`${name}[`));
}

export function isNotFound(error: unknown): boolean {
  return error instanceof KeywardError && error.status === 404;
}

/** Nobody is signed in any more. */
export function isSignedOut(error: unknown): boolean {
  return error instanceof KeywardError && error.status === 401;
}

export function isForbidden(error: unknown): boolean {
  return error instanceof KeywardError && error.status === 403;
}
