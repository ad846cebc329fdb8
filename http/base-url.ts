/** The public base URL. It may have a path: a reverse proxy then serves Keyward below it, beside other things. */
import { pathPrefix } from "../identity/paths.ts";

/**
 * Reads a configured base URL and removes a slash at its end. The path must not be one of `own`, the paths that Keyward serves: a path from
 * which the proxy removed the prefix could not be told from one that still has it.
 * @throws Error with one clear sentence.
 */
export function readBaseUrl(text: string, own: readonly string[]): string {
  const url = URL.parse(text);
  const isPlain = url !== null && /^https?:$/.test(url.protocol) && !/[?#]/.test(text) && url.username === "" && url.password === "";
  const path = url?.pathname.replace(/\/$/, "") ?? "";
  if (!isPlain || !/^(?:\/[\w.~-]+)*$/.test(path))
    throw new Error("KEYWARD_BASE_URL must be an http or https URL, such as https://keys.example.com or https://example.com/keys");
  const taken = path === "" ? undefined : own.find((base) => isAtOrBelow(base, path) || isAtOrBelow(path, base));
  if (taken !== undefined) throw new Error(`KEYWARD_BASE_URL cannot have the path ${path}: Keyward itself serves ${taken} below it`);
  return url.origin + path;
}

/** Whether a path is `base` itself or below it, with or without a query. */
export function isAtOrBelow(path: string, base: string): boolean {
  return path.startsWith(base) && (path.length === base.length || path[base.length] === "/" || path[base.length] === "?");
}

/** Removes the prefix from a request's path if the proxy has not. */
export function withoutPrefix(prefix: string, path: string): string {
  if (prefix === "" || !isAtOrBelow(path, prefix)) return path;
  return path[prefix.length] === "/" ? path.slice(prefix.length) : `/${path.slice(prefix.length)}`;
}

/** The path that browsers use: below the prefix, whether `path` has it or not. */
export function withPrefix(prefix: string, path: string): string {
  if (prefix === "") return path;
  // `/keys/../other` is another application's page: resolve dot segments, as browsers do, before looking for the prefix.
  const { pathname, search, hash } = new URL(path, "http://own.invalid");
  return (isAtOrBelow(pathname, prefix) ? pathname : prefix + pathname) + search + hash;
}

/** No page has a longer URL. */
const LONGEST_TARGET = 2_000;
/** No page has one in its path, and a proxy may decode it into a slash. */
const ENCODED_SEPARATOR = /%2f|%5c/i;

/**
 * A redirect target as the path that a browser will end up at, below the prefix of `baseUrl`; undefined unless that is at our own origin.
 * The URL is resolved as browsers do (WHATWG URL, 4.4) and written anew: a backslash counts as a slash, tabs and line breaks are dropped,
 * and dot segments go away in every encoding. What is left is resolved once more, because `/.//evil.test` has the path `//evil.test`,
 * which is another host.
 */
export function ownTarget(baseUrl: string, target: string): string | undefined {
  if (target.length > LONGEST_TARGET || !/^\/[^\\\p{Cc}\s]*$/u.test(target)) return undefined;
  const { origin } = new URL(baseUrl);
  const resolved = URL.parse(target, baseUrl);
  if (resolved?.origin !== origin || ENCODED_SEPARATOR.test(resolved.pathname)) return undefined;
  const normalized = resolved.pathname + resolved.search + resolved.hash;
  if (!leadsTo(normalized, baseUrl, origin + normalized)) return undefined;
  const path = withPrefix(pathPrefix(baseUrl), normalized);
  return leadsTo(path, baseUrl, origin + path) ? path : undefined;
}

function leadsTo(path: string, baseUrl: string, href: string): boolean {
  return URL.parse(path, baseUrl)?.href === href;
}
