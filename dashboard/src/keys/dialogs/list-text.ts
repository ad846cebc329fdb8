/** Lists as people type them: separated by commas or line breaks. */

/** Without duplicates, in the order typed. */
export function parseList(text: string): readonly string[] {
  const entries = text.split(/[,\n]/).map((entry) => entry.trim());
  return [...new Set(entries.filter((entry) => entry !== ""))];
}

export function formatList(entries: readonly string[]): string {
  return entries.join(", ");
}

/** The list with an entry added at the end, or removed. */
export function toggled(text: string, entry: string): string {
  const entries = parseList(text);
  return formatList(entries.includes(entry) ? entries.filter((other) => other !== entry) : [...entries, entry]);
}

/** The same entries in any order. */
export function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((entry) => b.includes(entry));
}
