/** Values in the text of other programs. */

/** One argument of a POSIX shell, whatever it holds: in single quotes nothing has a meaning (POSIX 2.2.2). */
export function quoteForShell(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}

/** A value in a `.env` file: bare where no reader of such files could take it for more than it is. */
export function quoteForEnv(value: string): string {
  if (/^[\w.:@%+/-]+$/.test(value)) return value;
  if (!value.includes("'")) return `'${value}'`;
  return `"${value.replaceAll(/[\\"$`]/g, "\\$&")}"`;
}

/** A name of an environment variable: `agentsend` and `API_KEY` make `AGENTSEND_API_KEY`. */
export function envName(...parts: readonly string[]): string {
  const name = parts
    .join("_")
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]+/g, "_");
  return /^\d/.test(name) ? `_${name}` : name;
}
