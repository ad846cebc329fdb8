/** Tables as CSV (RFC 4180), safe to open in a spreadsheet. */

/** What begins a formula; in some languages also its full-width form. Spreadsheets ignore spaces before it. */
const FORMULA = String.raw`\s*[=+\-@\uff1d\uff0b\uff0d\uff20]`;
const FIRST = new RegExp(`^(?:[\\t\\r\\n]|${FORMULA})`);
/** In locales that separate lists by semicolons, spreadsheets do not see the quotes within a line: each of these begins a new cell. */
const FURTHER_ON = new RegExp(`(\\r\\n|[;\\t\\r\\n])(?=${FORMULA})`, "g");

/** Writes rows as text. Every line ends with CR LF, including the last. */
export function toCsv(rows: readonly (readonly string[])[]): string {
  return rows.map((cells) => `${cells.map(toCell).join(",")}\r\n`).join("");
}

function toCell(text: string): string {
  // The apostrophe marks the cell as text, so that a key's name never runs as a formula on the reader's machine.
  const harmless = (FIRST.test(text) ? `'${text}` : text).replaceAll(FURTHER_ON, "$1'");
  return /[",;\t\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
