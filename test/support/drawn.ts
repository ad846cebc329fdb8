/** Values drawn from a JSON Schema, as an OpenAPI document has them: whatever the schema allows, and nothing else. */
import fc from "fast-check";

type Schema = Readonly<Record<string, unknown>>;
type Schemas = Readonly<Record<string, Schema>>;

const TEXT_AT_MOST = 40;
const ITEMS_AT_MOST = 4;

/** Values that fit each keyword by itself; what keywords demand together, a validator must still look at. */
export function drawn(schema: Schema, schemas: Schemas): fc.Arbitrary<unknown> {
  const { $ref, enum: values, type, anyOf } = schema as { $ref?: string; enum?: unknown[]; type?: string | string[]; anyOf?: Schema[] };
  if ($ref !== undefined) return drawn(schemas[$ref.replace("#/components/schemas/", "")] ?? {}, schemas);
  if (values !== undefined) return fc.constantFrom(...values);
  if (anyOf !== undefined) return fc.oneof(...anyOf.map((one) => drawn(one, schemas)));
  return fc.oneof(...[type ?? []].flat().map((one) => ofType(one, schema, schemas)));
}

function ofType(type: string, schema: Schema, schemas: Schemas): fc.Arbitrary<unknown> {
  const {
    minimum = 0,
    maximum = 1_000,
    minItems = 0,
    maxItems = ITEMS_AT_MOST,
    items = {},
  } = schema as Record<string, number> & { items?: Schema };
  if (type === "null") return fc.constant(null);
  if (type === "boolean") return fc.boolean();
  if (type === "integer") return fc.integer({ min: minimum, max: maximum });
  if (type === "array")
    return fc.array(drawn(items, schemas), { minLength: minItems, maxLength: Math.max(minItems, Math.min(maxItems, ITEMS_AT_MOST)) });
  if (type === "object") return object(schema, schemas);
  if (type === "string") return text(schema);
  throw new Error(`a schema of the type ${type} cannot be drawn from`);
}

function object(
  { properties = {}, required = [] }: { properties?: Schemas; required?: readonly string[] },
  schemas: Schemas,
): fc.Arbitrary<unknown> {
  const possible = Object.entries(properties).filter(([, { not }]) => JSON.stringify(not) !== "{}");
  return fc.record(Object.fromEntries(possible.map(([name, one]) => [name, drawn(one, schemas)])), {
    requiredKeys: [...required],
    noNullPrototype: true,
  });
}

function text({
  format,
  pattern,
  minLength = 0,
  maxLength = TEXT_AT_MOST,
}: Schema & { minLength?: number; maxLength?: number }): fc.Arbitrary<string> {
  if (format === "email") return fc.emailAddress();
  // In the future for years to come: that an expiry must be so, no schema can say.
  if (format === "date-time")
    return fc
      .date({ min: new Date("2030-01-01T00:00:00Z"), max: new Date("2034-01-01T00:00:00Z"), noInvalidDate: true })
      .map((date) => date.toISOString());
  const any = fc.string({ unit: "grapheme", minLength, maxLength: Math.max(minLength, Math.min(maxLength, TEXT_AT_MOST)) });
  if (typeof pattern !== "string") return any;
  const matches = new RegExp(pattern, "u");
  return pattern.includes("\\p{") || pattern.includes("\\P{")
    ? any.filter((one) => matches.test(one))
    : fc.stringMatching(new RegExp(pattern));
}
