/** Tables as CSV (RFC 4180), safe to open in a spreadsheet. */

/** A cell that begins so is a formula to spreadsheets, or makes what follows one. */
const FORMULA = /^[=+\-@\t\r]/;

/** The rows as text; every line ends with CR LF, the last one too. */
export function toCsv(rows: readonly (readonly string[])[]): string {
  return rows.map((cells) => `${cells.map(toCell).join(",")}\r\n`).join("");
}

function toCell(text: string): string {
  // The apostrophe says "this is text": nothing that somebody named a key runs on the machine of whoever reads the table.
  const harmless = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
