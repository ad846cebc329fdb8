/** A limit on the command line: a number, or a word. Commander takes a null for a value that is missing, so words stay words until they are sent. */
import { InvalidArgumentError } from "commander";

export function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}

/** `none` means no limit. */
export function numberOrNone(text: string): number | "none" {
  if (text === "none") return text;
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError("It must be a whole number, or none.");
  return Number(text);
}

/** `none` as the API has it. */
export function withNull<Value>(value: Value | "none"): Value | null {
  return value === "none" ? null : value;
}
