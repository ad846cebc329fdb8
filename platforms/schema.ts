/** The schema of a body: the part of JSON Schema (2020-12) that responses of platforms need. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

export function text(description?: string): Schema {
  return { type: "string", ...(description !== undefined && { description }) };
}

/** An RFC 3339 date and time. */
export function time(description?: string): Schema {
  return { ...text(description), format: "date-time" };
}

/** A whole number from 0 to 2^53 - 1, which every client can represent. */
export function count(description?: string): Schema {
  return { ...text(description), type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER };
}

export function flag(description?: string): Schema {
  return { ...text(description), type: "boolean" };
}

/** The same, or null. */
export function nullable(schema: Schema): Schema {
  return { ...schema, type: [schema.type ?? "object", "null"].flat() };
}

export function list(items: Schema): Schema {
  return { type: "array", items };
}

/** An object with required and optional properties. */
export function record(properties: Readonly<Record<string, Schema>>, optional: Readonly<Record<string, Schema>> = {}): Schema {
  return { type: "object", required: Object.keys(properties), properties: { ...properties, ...optional } };
}
