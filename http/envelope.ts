/** The platform's documented form around a success, of the data and of its schema. */
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
