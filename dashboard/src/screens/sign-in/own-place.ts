/** Where to go after signing in. It comes from the page's address, which anybody can write. */
const LONGEST = 2_000;
const NOWHERE = "http://dashboard.invalid";

/** The pages of the dashboard; everything else under `/keyward` belongs to the server. */
const PAGES = /^\/(?:keyward\/?|keyward\/(?:account|device|organizations|service-tokens|nodes)|org\/.+)$/;

/**
 * The path of a page of this dashboard, without the sub-path; undefined for anything else. Browsers treat a backslash as a slash and
 * drop tabs and line breaks (WHATWG URL, 4.4): `//evil`, `/\evil` and `/<tab>/evil` are other hosts. Dot segments must not lead out either.
 */
export function ownPlace(next: string | undefined): string | undefined {
  if (next === undefined || next.length > LONGEST || !/^\/(?!\/)[^\\\p{Cc}\s]*$/u.test(next)) return undefined;
  const url = URL.parse(next, NOWHERE);
  if (url === null || url.origin !== NOWHERE || !next.startsWith(url.pathname)) return undefined;
  return PAGES.test(url.pathname) ? `${url.pathname}${url.search}` : undefined;
}
