/** Reads CSV (RFC 4180), with the line on which each row begins. Pure. */

interface CsvRow {
  /** The first line is 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

type ReadCsv = { readonly rows: readonly CsvRow[] } | { readonly line: number; readonly problem: string };

/** A cell in quotes or without, and what ends it. */
const CELL = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\n|\r|$)/y;

/** Empty lines are left out. The problem is a sentence for people. */
export function readCsv(text: string): ReadCsv {
  const rows: CsvRow[] = [];
  let line = 1;
  let row: { line: number; cells: string[] } = { line, cells: [] };
  // Excel writes a byte order mark.
  for (let at = text.startsWith("\ufeff") ? 1 : 0; at < text.length; ) {
    CELL.lastIndex = at;
    const match = CELL.exec(text);
    if (match === null)
      return { line, problem: text[at] === '"' ? "a quote is not closed, or text follows it" : "a quote stands within a cell" };
    const [whole, quoted, plain = "", end] = match;
    row.cells.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    at += whole.length;
    line += whole.match(/\r\n|\n|\r/g)?.length ?? 0;
    if (end !== ",") {
      rows.push(row);
      row = { line, cells: [] };
    }
  }
  // A comma at the very end begins an empty cell.
  if (row.cells.length > 0) rows.push({ ...row, cells: [...row.cells, ""] });
  return { rows: rows.filter(({ cells }) => cells.length > 1 || cells[0] !== "") };
}
