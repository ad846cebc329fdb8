/** Checking values against their schema, with a refusal that names the field. */
import type { z } from "@hono/zod-openapi";
import { invalid, type Outcome, ok } from "../engine/errors.ts";

/** The value, or the refusal of the first thing that is wrong with it. What the value holds is never repeated. */
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
  return invalid(field, `${field}: ${issue.message}`);
}

function fieldOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (field, step) => (typeof step === "number" ? `${field}[${step}]` : field === "" ? String(step) : `${field}.${String(step)}`),
    "",
  );
}
