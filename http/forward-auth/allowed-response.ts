/** The response that lets a request pass. */
import type { PlainResponse } from "../../admission/response.ts";
import type { Platform } from "../../platforms/define.ts";
import { OVERRIDES } from "../header-names.ts";
import { type Caller, identityHeaders } from "../identity-headers.ts";
import { credentialHeaders } from "../operation-admission.ts";

type AllowedResponse = (caller: Caller | undefined, headers: PlainResponse["headers"]) => PlainResponse;

/**
 * 200 and never 204, which Envoy refuses. `no-store`, because ingress-nginx caches what it may. Envoy removes what we name from the request: the
 * credential and, where method and path decide, what would have the API serve others; it does not show us those.
 */
export function allowedResponse(platform: Platform): AllowedResponse {
  const always = {
    "cache-control": "no-store",
    "x-envoy-auth-headers-to-remove": [...credentialHeaders(platform), ...(platform.operations === null ? [] : OVERRIDES)].join(","),
  };
  const nobody = { ...always, ...identityHeaders(undefined) };
  /** A key in memory is one object until it changes. */
  const known = new WeakMap<Caller, PlainResponse["headers"]>();
  const headersOf = (caller: Caller | undefined) => {
    if (caller === undefined) return nobody;
    let own = known.get(caller);
    if (own === undefined) {
      own = { ...always, ...identityHeaders(caller) };
      known.set(caller, own);
    }
    return own;
  };
  return (caller, headers) => ({ status: 200, headers: { ...headersOf(caller), ...headers }, body: "" });
}
