/** Wraps data, and its schema, in the envelope that the platform documents for successful responses. */
import type { Platform } from "../platforms/define.ts";
import { record, type Schema } from "../platforms/schema.ts";

export function enveloped({ envelope }: Pick<Platform, "envelope">, data: object): object {
  return envelope === null ? data : { ...envelope.constants, [envelope.dataMember]: data };
}

export function envelopedSchema({ envelope }: Pick<Platform, "envelope">, data: Schema): Schema {
  if (envelope === null) return data;
  const constants = Object.entries(envelope.constants).map(([name, value]) => [name, { type: typeof value, const: value }] as const);
  return record({ ...Object.fromEntries(constants), [envelope.dataMember]: data });
}
