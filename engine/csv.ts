/** Tables as CSV (RFC 4180), safe to open in a spreadsheet. */

/** Begins a formula, in some languages also in its full-width form. Spreadsheets do not mind spaces before it. */
const FORMULA = String.raw`\s*[=+\-@\uff1d\uff0b\uff0d\uff20]`;
const FIRST = new RegExp(`^(?:[\\t\\r\\n]|${FORMULA})`);
/** Where lists have semicolons for separators, spreadsheets see no quotes within a line: what follows one of these is a cell to them. */
const FURTHER_ON = new RegExp(`(\\r\\n|[;\\t\\r\\n])(?=${FORMULA})`, "g");

/** The rows as text; every line ends with CR LF, the last one too. */
export function toCsv(rows: readonly (readonly string[])[]): string {
  return rows.map((cells) => `${cells.map(toCell).join(",")}\r\n`).join("");
}

function toCell(text: string): string {
  // The apostrophe marks the cell as text, so that a key's name never runs as a formula on the reader's machine.
  const harmless = (FIRST.test(text) ? `'${text}` : text).replaceAll(FURTHER_ON, "$1'");
  return /[",;\t\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
