/** From which website a request comes, as the browser says it. */

/**
 * The `Origin` of a request, from its header lines (names and values in turn); where there is none, the `Referer`. Several say nothing:
 * they are answered as "null", which no website is. Undefined when the request names neither.
 */
export function originOf(headers: readonly string[]): string | undefined {
  return originHeader(headers) ?? only(headers, "referer");
}

/** The `Origin` header alone: what CORS answers to. */
export function originHeader(headers: readonly string[]): string | undefined {
  return only(headers, "origin");
}

function only(headers: readonly string[], wanted: string): string | undefined {
  let found: string | undefined;
  for (let at = 0; at + 1 < headers.length; at += 2) {
    if ((headers[at] as string).toLowerCase() !== wanted) continue;
    if (found !== undefined) return "null";
    found = headers[at + 1] as string;
  }
  return found;
}
