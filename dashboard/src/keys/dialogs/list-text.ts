/** Lists as people type them: with commas or line breaks between. */

/** Each once, in the order typed. */
export function parseList(text: string): readonly string[] {
  const entries = text.split(/[,\n]/).map((entry) => entry.trim());
  return [...new Set(entries.filter((entry) => entry !== ""))];
}

export function formatList(entries: readonly string[]): string {
  return entries.join(", ");
}

/** The list with an entry put in at its end, or taken out. */
export function toggled(text: string, entry: string): string {
  const entries = parseList(text);
  return formatList(entries.includes(entry) ? entries.filter((other) => other !== entry) : [...entries, entry]);
}

/** The same entries, in whatever order. */
export function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((entry) => b.includes(entry));
}
