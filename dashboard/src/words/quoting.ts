/** Quoting values for other programs. */

/** One argument of a POSIX shell: in single quotes every character is literal (POSIX 2.2.2). */
export function quoteForShell(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}

/** A value in a `.env` file: unquoted only if no parser of such files gives its characters a meaning. */
export function quoteForEnv(value: string): string {
  if (/^[\w.:@%+/-]+$/.test(value)) return value;
  if (!value.includes("'")) return `'${value}'`;
  return `"${value.replaceAll(/[\\"$`]/g, "\\$&")}"`;
}

/** The name of an environment variable: `agentsend` and `API_KEY` make `AGENTSEND_API_KEY`. */
export function envName(...parts: readonly string[]): string {
  const name = parts
    .join("_")
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]+/g, "_");
  return /^\d/.test(name) ? `_${name}` : name;
}
