/** Where to go after signing in, as the address of the page says it, and anybody may have written that address. */
const LONGEST = 2_000;
const NOWHERE = "http://dashboard.invalid";

/** What the dashboard has under `/keyward`; the rest there is the server's. */
const PAGES = /^\/(?:keyward\/?|keyward\/(?:account|organizations|service-tokens)|org\/.+)$/;

/**
 * The path of a page of this very dashboard, without a sub-path; undefined for anything else. To a browser a backslash is a slash, and
 * it drops tabs and line breaks (WHATWG URL, 4.4): `//evil`, `/\evil` and `/<tab>/evil` are other hosts. Dots must not lead out either.
 */
export function ownPlace(next: string | undefined): string | undefined {
  if (next === undefined || next.length > LONGEST || !/^\/(?!\/)[^\\\p{Cc}\s]*$/u.test(next)) return undefined;
  const url = URL.parse(next, NOWHERE);
  if (url === null || url.origin !== NOWHERE || !next.startsWith(url.pathname)) return undefined;
  return PAGES.test(url.pathname) ? `${url.pathname}${url.search}` : undefined;
}
