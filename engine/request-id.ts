/** Ids of requests, which others may have made. */

/** Unreserved in URLs (RFC 3986, 2.3), and harmless in a log and on a command line. */
const WELL_FORMED = /^[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$/;

/** Whether a text can be the id of a request: 1 to 128 letters, digits, `.`, `_`, `~` and `-`, the first a letter or a digit. */
export function isRequestId(text: string): boolean {
  return WELL_FORMED.test(text);
}
