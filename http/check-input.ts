/** Checks values against their schema, and refuses with the name of the field. */
import type { z } from "@hono/zod-openapi";
import { invalid, type Outcome, ok } from "../engine/errors.ts";

/** The value, or a refusal that names the first field that is wrong. The refusal never repeats the value. */
export function check<Schema extends z.ZodType>(schema: Schema, value: unknown, whole: string): Outcome<z.output<Schema>> {
  const result = schema.safeParse(value);
  if (result.success) return ok(result.data);
  const issue = result.error.issues[0];
  if (issue === undefined) return invalid(whole, `${whole} is not valid`);
  const field = fieldOf(issue.path);
  if (issue.code === "unrecognized_keys") {
    const unknown = fieldOf([...issue.path, (issue.keys[0] ?? "").slice(0, 64)]);
    return invalid(unknown, `${JSON.stringify(unknown)} is not a known field`);
  }
  if (field === "") return invalid(whole, `${whole} must be a JSON object`);
  return invalid(field, sentence(field, issue));
}

function sentence(field: string, issue: z.core.$ZodIssue): string {
  if (issue.message.endsWith("received undefined")) return `${field} is missing`;
  if (issue.code === "invalid_type") return `${field} must be ${/^[aeiou]/.test(issue.expected) ? "an" : "a"} ${issue.expected}`;
  if (issue.code === "invalid_value") return `${field} must be one of ${issue.values.join(", ")}`;
  if (issue.code === "too_small") return `${field} must ${bound("at least", issue.minimum, issue.origin)}`;
  if (issue.code === "too_big") return `${field} must ${bound("at most", issue.maximum, issue.origin)}`;
  if (issue.code === "invalid_format" && issue.format === "email") return `${field} must be an e-mail address`;
  // The messages of our own schemas begin with "must"; the library's do not.
  return issue.message.startsWith("must ") ? `${field} ${issue.message}` : `${field} is not valid`;
}

const COUNTED: Readonly<Record<string, readonly [one: string, many: string]>> = {
  string: ["character", "characters"],
  array: ["entry", "entries"],
};

/** "have at least 12 characters", "have at most 20 entries", "be at least 1". */
function bound(which: "at least" | "at most", value: number | bigint, origin: string): string {
  const [one, many] = COUNTED[origin] ?? [];
  return one === undefined ? `be ${which} ${value}` : `have ${which} ${value} ${Number(value) === 1 ? one : many}`;
}

function fieldOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (field, step) => (typeof step === "number" ? `${field}[${step}]` : field === "" ? String(step) : `${field}.${String(step)}`),
    "",
  );
}
