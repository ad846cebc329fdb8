/** The response that lets a request pass. */
import type { Platform } from "../../platforms/define.ts";
import { OVERRIDES } from "../header-names.ts";
import { type Caller, identityHeaders } from "../identity-headers.ts";
import { credentialHeaders } from "../operation-admission.ts";

/** 200 without a body. */
export interface Allowed {
  /** Header lines, names and values in turn. */
  readonly lines: readonly string[];
}
type AllowedResponse = (caller: Caller | undefined, headers: Readonly<Record<string, string>>) => Allowed;

/**
 * 200 and never 204, which Envoy refuses. `no-store`, because ingress-nginx caches what it may. Envoy removes what we name from the request: the
 * credential and, where method and path decide, what would have the API serve others; it does not show us those.
 */
export function allowedResponse(platform: Platform): AllowedResponse {
  const removed = [...credentialHeaders(platform), ...(platform.operations === null ? [] : OVERRIDES)];
  const always = { "cache-control": "no-store", "x-envoy-auth-headers-to-remove": removed.join(",") };
  const linesFor = (caller: Caller | undefined): readonly string[] => Object.entries({ ...always, ...identityHeaders(caller) }).flat();
  const nobody = linesFor(undefined);
  /** A key in memory is one object until it changes. */
  const known = new WeakMap<Caller, readonly string[]>();
  const knownLines = (caller: Caller) => {
    let lines = known.get(caller);
    if (lines === undefined) {
      lines = linesFor(caller);
      known.set(caller, lines);
    }
    return lines;
  };
  return (caller, headers) => {
    const lines = [...(caller === undefined ? nobody : knownLines(caller))];
    for (const name in headers) lines.push(name, headers[name] as string);
    return { lines };
  };
}
