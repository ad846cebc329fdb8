/**
 * Names for SQL texts. PostgreSQL parses and plans a named statement once for each connection, which doubles the look-ups per second. A
 * connection keeps every statement that it has prepared, so only so many texts get a name: lists of different lengths have different texts.
 */
const MOST_NAMED = 400;

export function statementNames(): (text: string) => string | undefined {
  const names = new Map<string, string>();
  return (text) => {
    const known = names.get(text);
    if (known !== undefined || names.size >= MOST_NAMED) return known;
    const name = `keyward_${names.size}`;
    names.set(text, name);
    return name;
  };
}
