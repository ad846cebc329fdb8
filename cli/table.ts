/** Records as people read them: one as a list of its fields, many as a table. Pure. */
import { heading, type Look, PLAIN, paint, relativeTime } from "./look.ts";

/** A heading, and the field below it or a function of the row. Put names last: only the last column may have characters of any width. */
export type Column<Row> = readonly [heading: string, field: (keyof Row & string) | ((row: Row) => unknown)];

/**
 * One line for each field, named as the API names it; members of a member with a dot: `limits.requestsPerMinute`. Members are limits, where
 * null means no limit; elsewhere it means that there is no value yet.
 */
export function fields(record: object, look: Look = PLAIN): string {
  const rows = flatten(record).map(([field = "", value = ""]) => [field, withRelativeTime(value, look)]);
  return lines(rows, (text, _row, column) => (column === 0 ? heading(text, look) : paint(text, look)));
}

export function table<Row extends object>(rows: readonly Row[], columns: readonly Column<Row>[], look: Look = PLAIN): string {
  const body = rows.map((row) =>
    columns.map(([, field]) => relativeTime(cell(typeof field === "string" ? row[field] : field(row)), look.now)),
  );
  return lines([columns.map(([name]) => name), ...body], (text, row) => (row === 0 ? heading(text, look) : paint(text, look)));
}

/** On one line and without control characters: what a server sends must not steer a terminal. */
export function plain(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, " ").replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu, "\ufffd");
}

/** The time stays: of one record, people may want it exactly. */
function withRelativeTime(value: string, { now }: Look): string {
  const told = relativeTime(value, now);
  return told === value ? value : `${value} (${told})`;
}

function flatten(record: object, path = ""): string[][] {
  return Object.entries(record).flatMap(([field, value]) => {
    return isRecord(value) && Object.keys(value).length > 0
      ? flatten(value, `${path}${field}.`)
      : [[path + field, value === null && path !== "" ? "none" : cell(value)]];
  });
}

function cell(value: unknown): string {
  if (Array.isArray(value)) return value.map(cell).join(", ") || "-";
  if (isRecord(value))
    return (
      Object.entries(value)
        .map(([field, inner]) => `${field}=${cell(inner)}`)
        .join(" ") || "-"
    );
  return value === null || value === undefined || value === "" ? "-" : plain(String(value));
}

/** Aligned by the plain text: colours have no width. */
function lines(rows: readonly (readonly string[])[], dress: (text: string, row: number, column: number) => string): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row, at) =>
      row.map((text, column) => dress(column === row.length - 1 ? text : text.padEnd(widths[column] ?? 0), at, column)).join("  "),
    )
    .join("\n");
}

function isRecord(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
