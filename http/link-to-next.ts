/** A `Link` header to the next part of a table. */

/** Relative to the requested URL, so that it works behind a proxy that adds a path. */
export function linkToNext(query: Readonly<Record<string, string | undefined>>, cursor: string): string {
  const given = Object.entries({ ...query, cursor }).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return `<?${new URLSearchParams(given)}>; rel="next"`;
}
