/** Reads the body fields that a platform documents for creating a key. */
import { z } from "@hono/zod-openapi";
import type { Outcome } from "../../engine/errors.ts";
import type { Field, Platform } from "../../platforms/define.ts";
import { check } from "../check-input.ts";
import { nameInput } from "../inputs.ts";
import { type BodyHeaders, parseJsonBody } from "../json-body.ts";

type Fields = Readonly<Record<string, Field>>;
export type Settings = { [Setting in Field["sets"]]?: string };

export interface FieldsReader {
  readonly schema: z.ZodObject;
  /** The settings that the fields of a body set. The body may be missing if every field is optional. */
  read(headers: BodyHeaders, bytes: Buffer): Outcome<Settings>;
}

/** Call once for each route, never for each request: the OpenAPI library keeps every documented schema forever. */
export function fieldsReader(platform: Platform, fields: Fields): FieldsReader {
  const schema = fieldsSchema(platform, fields);
  const mayBeEmpty = Object.values(fields).every(({ required }) => !required);
  return {
    schema,
    read(headers, bytes) {
      const parsed = parseJsonBody(bytes, headers, mayBeEmpty);
      if (!parsed.ok) return parsed;
      const checked = check(schema, parsed.value, "body");
      if (!checked.ok) return checked;
      const given = Object.entries(checked.value).filter(([, value]) => value !== undefined);
      return { ok: true, value: Object.fromEntries(given.map(([field, value]) => [fields[field]?.sets ?? field, value])) };
    },
  };
}

function fieldsSchema(platform: Platform, fields: Fields) {
  const shape = Object.entries(fields).map(([name, { required, description, sets }]) => {
    const schema = sets === "name" ? nameInput(description) : z.string().openapi({ ...chosenKey(platform), description });
    return [name, required ? schema : schema.optional()] as const;
  });
  return z.strictObject(Object.fromEntries(shape));
}

/** The pattern of a key that the caller chooses, where the platform allows that. */
function chosenKey({ keyForm }: Platform) {
  const custom = keyForm.kind === "secret" ? keyForm.custom : undefined;
  return custom && { pattern: `^([\\x21-\\x7e]{${custom.minimumLength},${custom.maximumLength}})?$` };
}
