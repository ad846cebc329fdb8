/** The columns of a CSV file of keys, named as the fields of the API; limits stand beside the others. Pure. */
import { LIMIT_FIELDS, type LimitField } from "../../engine/limit-fields.ts";
import { didYouMean } from "../nearest.ts";
import type { ReadCell, Row } from "./read-rows.ts";

const TEXTS = ["name", "environment", "expiresIn", "expiresAt"];
const LISTS = ["domains", "scopes", "resources"];
export const KEY_COLUMNS: readonly string[] = [...TEXTS, ...LISTS, ...LIMIT_FIELDS];

/** Lists are separated by commas or spaces. A column that is no field of a key is refused: a misspelt limit would be none. */
export const readKeyCell: ReadCell = (column, text) => {
  if (TEXTS.includes(column)) return { value: text };
  if (LISTS.includes(column)) return { value: text.split(/[\s,;]+/).filter((entry) => entry !== "") };
  if (!LIMIT_FIELDS.includes(column as LimitField))
    return {
      problem: `there is no column ${JSON.stringify(column)}.${didYouMean(column, KEY_COLUMNS)} Columns: ${KEY_COLUMNS.join(", ")}`,
    };
  return text === "" || /^\d{1,15}$/.test(text) ? { value: Number(text) } : { problem: `${column} must be a whole number` };
};

/** The body of the request that creates the key. NDJSON may have the limits as the API has them, or beside the others. */
export function toNewKey({ values }: Row): Readonly<Record<string, unknown>> {
  const isLimit = ([name]: [string, unknown]) => LIMIT_FIELDS.includes(name as LimitField);
  const entries = Object.entries(values);
  const limits = entries.filter(isLimit);
  const rest = Object.fromEntries(entries.filter((entry) => !isLimit(entry)));
  return limits.length === 0 ? rest : { ...rest, limits: { ...(rest.limits as object | undefined), ...Object.fromEntries(limits) } };
}
