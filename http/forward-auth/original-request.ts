/**
 * The request that a gateway asks about. Gateways tell it in different headers, and most also pass on what the client wrote under the other
 * names: sources that disagree mean that somebody is injecting, and are refused.
 */

export interface OriginalRequest {
  readonly method: string;
  /** The path with its query, as the client sent it; undefined if the gateway does not say. */
  readonly target: string | undefined;
  /** Whether the gateway named the method itself. */
  readonly isMethodNamed: boolean;
}

interface AuthRequest {
  readonly method: string;
  /** What follows the path of the endpoint, with the query; "" for nothing. */
  readonly rest: string;
  readonly rawHeaders: readonly string[];
  /** Whether a trusted proxy asks. Otherwise its headers tell nothing: the request itself is the original. */
  readonly isFromGateway: boolean;
}

/** Which part of the original request a header names, and a bit for each header. */
const NAMED: Readonly<Record<string, { readonly part: "method" | "target" | "url"; readonly bit: number }>> = {
  __proto__: null as never,
  "x-forwarded-method": { part: "method", bit: 1 },
  "x-original-method": { part: "method", bit: 2 },
  "x-forwarded-uri": { part: "target", bit: 4 },
  "x-original-uri": { part: "target", bit: 8 },
  "x-original-url": { part: "url", bit: 16 },
};
const SHORTEST = "x-original-url".length;
const LONGEST = "x-forwarded-method".length;

/** What the headers read so far say. */
interface Said {
  method: string | undefined;
  target: string | undefined;
  /** The bits of the headers read so far. */
  seen: number;
}

/** Undefined if sources disagree, a header is repeated, or a target is no path. */
export function originalRequest({ method, rest, rawHeaders, isFromGateway }: AuthRequest): OriginalRequest | undefined {
  // Envoy appends the original path to the endpoint's, and keeps the method.
  const isAppended = rest.startsWith("/");
  if (!isFromGateway) return { method, target: isAppended ? rest : "/", isMethodNamed: true };
  const said: Said = { method: isAppended ? method : undefined, target: isAppended ? rest : undefined, seen: 0 };
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const { length } = rawHeaders[at] as string;
    if (length < SHORTEST || length > LONGEST) continue;
    if (!readHeader(said, (rawHeaders[at] as string).toLowerCase(), rawHeaders[at + 1] as string)) return undefined;
  }
  return { method: said.method ?? method, target: said.target, isMethodNamed: said.method !== undefined };
}

/** Adds what a header says. False if it contradicts what was said before. */
function readHeader(said: Said, name: string, value: string): boolean {
  const named = NAMED[name];
  if (named === undefined || value === "") return true;
  const { part, bit } = named;
  if ((said.seen & bit) !== 0) return false;
  said.seen |= bit;
  if (part === "method") {
    const agrees = said.method === undefined || said.method === value;
    said.method = value;
    return agrees;
  }
  const target = part === "url" ? pathOf(value) : value;
  const agrees = said.target === undefined || said.target === target;
  said.target = target;
  return agrees && target.startsWith("/");
}

/** The path and the query of an absolute URL, unchanged: parsing would normalize what the upstream may read in another way. */
function pathOf(url: string): string {
  const afterHost = /^https?:\/\/[^/?#]*(.*)$/i.exec(url)?.[1];
  if (afterHost === undefined) return url;
  return afterHost.startsWith("/") ? afterHost : `/${afterHost}`;
}
