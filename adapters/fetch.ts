/** Keyward around a `fetch` handler: route handlers and the proxy of Next, Workers, Deno, Bun. */
import type { AdmissionPort, KeyIdentity } from "../admission/port.ts";
import { openRoute, type ProtectOptions } from "./route.ts";
import { clientOf, releasedAtEnd, toResponse, withHeaders } from "./web-response.ts";

export type { AdmissionPort, KeyIdentity } from "../admission/port.ts";
export type { ProtectOptions } from "./route.ts";

export interface FetchOptions<Incoming> extends ProtectOptions<Incoming> {
  /** The address of the client, where the platform tells it: wrong keys are counted by it. All clients count together when absent. */
  clientAddress?(request: Incoming, ...rest: unknown[]): string | undefined;
}

/** What a handler gets beside the request: the key of the request. */
export interface Admitted {
  readonly apiKey: KeyIdentity;
}

/** `Rest` is what else the framework passes: the context of Next with its params, the environment of a Worker. */
type Protected<Incoming> = <Given extends Incoming = Incoming, Rest extends unknown[] = []>(
  handler: (request: Given, admitted: Admitted, ...rest: Rest) => Response | Promise<Response>,
) => (request: Given, ...rest: Rest) => Promise<Response>;

/**
 * Wraps a handler: requests with a valid key reach it, with the key's identity as `apiKey`; all others get a response in the platform's form. The
 * request counts as concurrent until the body of its response has been read, or the client is gone.
 * @param port `await keyward(...)` or `keywardAt(...)`
 * @throws TypeError, RangeError with one sentence when the route cannot be protected like that
 * @example
 * export const GET = protect(kw, { scopes: ["agents:read"] })((request, { apiKey }) => Response.json({ organization: apiKey.organizationId }));
 */
export function protect<Incoming extends Request = Request>(
  port: AdmissionPort,
  options: FetchOptions<Incoming> = {},
): Protected<Incoming> {
  const { clientAddress, ...needs } = options;
  const ask = openRoute<Incoming>(port, needs);
  return (handler) =>
    async function keyward(request, ...rest) {
      const decision = await ask(clientOf(request, clientAddress?.(request, ...rest)), request);
      if ("refusal" in decision) return toResponse(decision.refusal);
      const { apiKey, headers, release } = decision;
      if (release === undefined) return withHeaders(await handler(request, { apiKey }, ...rest), headers);
      request.signal.addEventListener("abort", release, { once: true });
      try {
        return releasedAtEnd(withHeaders(await handler(request, { apiKey }, ...rest), headers), release);
      } catch (error) {
        release();
        throw error;
      }
    };
}
