/** The website that a request comes from, as the browser states it. */

/**
 * The `Origin` of a request or, without one, its `Referer`, from its header lines (names and values in turn). Of a repeated header the result
 * is "null", which matches no website. Undefined if the request has neither.
 */
export function originOf(headers: readonly string[]): string | undefined {
  return originHeader(headers) ?? only(headers, "referer");
}

/** The `Origin` header alone, which CORS is about. */
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
