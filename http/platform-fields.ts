/** The inputs that a platform describes. */
import { z } from "@hono/zod-openapi";
import type { Outcome } from "../engine/errors.ts";
import type { Field } from "../platforms/define.ts";
import { parseJsonBody } from "./json-body.ts";
import { check } from "./schema.ts";

type Fields = Readonly<Record<string, Field>>;

export function fieldsSchema(fields: Fields) {
  const shape = Object.entries(fields).map(([name, { required, description }]) => {
    const schema = z.string().openapi({ description });
    return [name, required ? schema : schema.optional()] as const;
  });
  return z.strictObject(Object.fromEntries(shape));
}

/** The settings that a request's fields stand for. A body may be missing where every field may be. */
export function readFields(request: Request, bytes: Buffer, fields: Fields): Outcome<{ [Setting in Field["sets"]]?: string }> {
  const mayBeEmpty = Object.values(fields).every(({ required }) => !required);
  const parsed = parseJsonBody(bytes, request.headers.get("content-type") ?? undefined, mayBeEmpty);
  if (!parsed.ok) return parsed;
  const checked = check(fieldsSchema(fields), parsed.value, "body");
  if (!checked.ok) return checked;
  const given = Object.entries(checked.value).filter(([, value]) => value !== undefined);
  return { ok: true, value: Object.fromEntries(given.map(([field, value]) => [fields[field]?.sets ?? field, value])) };
}
