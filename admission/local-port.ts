/** The admission port of a Keyward in this process: what `protect` asks about each request. */
import { parseScopes } from "../engine/scopes.ts";
import type { Platform } from "../platforms/define.ts";
import type { Keyward } from "../service/index.ts";
import { type Admission, admitRequest } from "./admit.ts";
import type { AdmissionContext } from "./context.ts";
import { FAILED_ATTEMPTS_PER_MINUTE, FailedAttempts } from "./failed-attempts.ts";
import { failureResponse } from "./failure.ts";
import { keyIdentity } from "./key-identity.ts";
import { noteRefusal } from "./note-refusal.ts";
import type { AdmissionPort, Client, Decision, Need } from "./port.ts";
import { identifyResponse, RequestIds } from "./request-id.ts";
import { proxyList } from "./trusted-proxies.ts";

export interface PortOptions extends Pick<AdmissionContext, "platform" | "log"> {
  readonly service: AdmissionContext["service"] & Pick<Keyward, "requestIds" | "refusals">;
  /** Addresses or subnets of the proxies whose `X-Forwarded-For` counts. None when absent. */
  readonly trustedProxies?: readonly string[] | undefined;
  /** How many wrong credentials one client address may present in a minute before it gets 429 for them. 100 when absent. */
  readonly failedAttemptsPerMinute?: number | undefined;
}

/** @throws RangeError when `trustedProxies` has an entry that is neither an address nor a subnet */
export function localPort(options: PortOptions): AdmissionPort {
  const { service, platform, log, trustedProxies = [], failedAttemptsPerMinute: perMinute = FAILED_ATTEMPTS_PER_MINUTE } = options;
  const proxies = proxyList(trustedProxies);
  const attempts = new FailedAttempts({ perMinute, clock: service.monotonic, trustedProxies: proxies });
  const ids = new RequestIds({ trustedProxies: proxies, service });
  const context: AdmissionContext = { service, platform, log, attempts };
  const fail = (error: unknown, client: Client): Decision => {
    const requestId = ids.of(client);
    return { refusal: identifyResponse(failureResponse(context, error, requestId), requestId) };
  };
  const decide = (admission: Admission, client: Client, need: Need | undefined): Decision => {
    if (!("response" in admission)) return letIn(admission);
    const requestId = ids.of(client);
    const { method, url, originalUrl: target = url } = client;
    noteRefusal({ service, trustedProxies: proxies }, admission, need, { surface: "library", requestId, client, method, target });
    return { refusal: identifyResponse(admission.response, requestId) };
  };
  return {
    admit(client, need) {
      try {
        const admission = admitRequest(context, client, canonical(platform, need), true);
        if (!(admission instanceof Promise)) return decide(admission, client, need);
        return admission.then(
          (late) => decide(late, client, need),
          (error) => fail(error, client),
        );
      } catch (error) {
        return fail(error, client);
      }
    },
    checkNeed: ({ scopes = [] }) => checkScopes(platform, scopes),
  };
}

function canonical(platform: Platform, need: Need | undefined): Need | undefined {
  return need?.resource === undefined ? need : { ...need, resource: platform.canonicalResource(need.resource) };
}

function letIn({ verdict, headers }: Extract<Admission, { headers: unknown }>): Decision {
  const apiKey = keyIdentity(verdict.key);
  if (verdict.key.limits.concurrentRequests !== null) return { apiKey, headers, release: () => verdict.release() };
  verdict.release();
  return { apiKey, headers, release: undefined };
}

/** A scope that no key can have would refuse every request: a spelling mistake that is better found at the start. */
function checkScopes({ title, scopes: known }: Platform, needed: readonly string[]): void {
  const parsed = parseScopes(needed);
  if (!parsed.ok) throw new RangeError(parsed.problem.detail);
  const unknown = needed.find((scope) => known !== null && !known.includes(scope));
  if (unknown !== undefined) throw new RangeError(`${title} has no scope ${unknown}; it has ${known?.join(", ")}`);
}
