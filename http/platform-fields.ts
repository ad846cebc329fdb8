/** The schema of the inputs that a platform describes. */
import { z } from "@hono/zod-openapi";
import type { Field } from "../platforms/define.ts";

export function fieldsSchema(fields: Readonly<Record<string, Field>>) {
  const shape = Object.entries(fields).map(([name, { required, description }]) => {
    const schema = z.string().openapi({ description });
    return [name, required ? schema : schema.optional()] as const;
  });
  return z.strictObject(Object.fromEntries(shape));
}
