/** The address that people know, which may have a path: a reverse proxy serves Keyward below it, beside other things. */
import type { RequestListener } from "node:http";

/**
 * Reads a configured base URL; no slash at its end. `own` are paths that begin what Keyward serves: were the prefix among them, a path
 * from which the proxy has taken it could not be told from one that still has it.
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

/** Takes the prefix off where the proxy has left it on. */
export function withoutPrefix(prefix: string, listener: RequestListener): RequestListener {
  if (prefix === "") return listener;
  return (request, response) => {
    const { url = "" } = request;
    if (isAtOrBelow(url, prefix)) request.url = url[prefix.length] === "/" ? url.slice(prefix.length) : `/${url.slice(prefix.length)}`;
    listener(request, response);
  };
}

/** A path of Keyward as browsers have it: below the prefix, whether it was given so or as Keyward knows it. */
export function withPrefix(prefix: string, path: string): string {
  if (prefix === "") return path;
  // `/keys/../other` is somebody else's page: what browsers would take away goes before the prefix is looked for.
  const { pathname, search, hash } = new URL(path, "http://own.invalid");
  return (isAtOrBelow(pathname, prefix) ? pathname : prefix + pathname) + search + hash;
}
