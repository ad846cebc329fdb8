/** The HTTP surfaces in the test's own process, over a real socket and a real database: the clock and the store are the test's. */

import { randomBytes } from "node:crypto";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { FailedAttempts } from "../../admission/failed-attempts.ts";
import { RequestIds } from "../../admission/request-id.ts";
import { proxyList } from "../../admission/trusted-proxies.ts";
import type { Environment } from "../../engine/api-key.ts";
import { httpApp } from "../../http/app.ts";
import { type Gateway, gateway } from "../../http/gateway/gateway.ts";
import type { UpstreamRoute } from "../../http/gateway/upstreams.ts";
import { nodeSurfaces } from "../../http/listener.ts";
import { nodeServer, type ServerTimes } from "../../http/node-server.ts";
import { openApiDocument } from "../../http/openapi-document.ts";
import { currentRequestId } from "../../http/request-scope.ts";
import { SignInAttempts } from "../../http/sign-in/attempts.ts";
import type { IdentityOptions } from "../../identity/index.ts";
import type { Platform } from "../../platforms/define.ts";
import { PLATFORMS } from "../../platforms/index.ts";
import { keyward } from "../../platforms/keyward.ts";
import { fingerprint } from "../../service/secrets.ts";
import type { Store } from "../../stores/contract.ts";
import type { Meter } from "../../telemetry/meter.ts";
import { documentOrigin, forgetOrigin } from "../support/documented.ts";
import type { OpenApiDocument } from "../support/openapi-checker.ts";
import { secret } from "../support/root.ts";
import { call, type Reply } from "../support/server.ts";
import { type TestService, testService, type WhenDone } from "../support/service.ts";

export interface InProcess extends TestService {
  readonly url: string;
  readonly attempts: FailedAttempts;
  /** Undefined without upstreams. */
  readonly gateway: Gateway | undefined;
  /** The application behind the socket, for a test that sends more requests than sockets carry in its time. */
  readonly app: ReturnType<typeof httpApp>;
  readonly operatorToken: string;
  /** What was logged: sentences and details. */
  readonly logged: { message: string; details: Readonly<Record<string, unknown>> }[];
  /** Calls with a bearer token, the operator's when none is given; null for none at all. */
  request(method: string, path: string, body?: unknown, token?: string | null, headers?: Record<string, string>): Promise<Reply>;
}

export interface InProcessOptions {
  readonly platform?: Platform;
  readonly environment?: Environment;
  readonly upstream?: string;
  /** Further ones, for the paths below their prefixes. */
  readonly upstreams?: readonly UpstreamRoute[];
  /** Where people reach the server; an http address when absent. */
  readonly baseUrl?: string;
  /** The server's own when absent. */
  readonly times?: ServerTimes;
  /** How long the upstream may take to begin its response, in milliseconds. */
  readonly upstreamTimeoutMs?: number;
  /** Addresses or subnets whose `X-Forwarded-For` counts. */
  readonly trustedProxies?: readonly string[];
  /** What forward-auth says to preflights. */
  readonly preflights?: "pass" | "refuse";
  /** So many that they are in nobody's way, unless they are the point. */
  readonly failedAttemptsPerMinute?: number;
  readonly signInAttemptsPerMinute?: number;
  /** Ways to sign in, none when absent, and where signing in logs to. */
  readonly signIn?: Partial<IdentityOptions>;
  /** May stand between service and store, to hold back or to fail. */
  readonly wrap?: (store: Store) => Store;
  /** None when absent. */
  readonly meter?: Meter;
  readonly whenDone?: WhenDone;
}

/** Ends with the test, unless `whenDone` takes what ends it: call that in the reverse order. */
export async function inProcess(options: InProcessOptions = {}): Promise<InProcess> {
  const {
    platform = keyward,
    upstream,
    upstreams = [],
    baseUrl,
    times,
    upstreamTimeoutMs = 5_000,
    failedAttemptsPerMinute: perMinute = 1_000_000,
    signInAttemptsPerMinute = 1_000_000,
    trustedProxies: proxies = [],
    preflights,
    meter,
    whenDone = onTestFinished,
    ...rest
  } = options;
  const fixture = await testService({ platform, whenDone, requestId: currentRequestId, ...rest });
  const operatorToken = secret(`kwo_${randomBytes(32).toString("base64url")}`);
  const logged: InProcess["logged"] = [];
  const log = { error: (details: Readonly<Record<string, unknown>>, message: string) => void logged.push({ message, details }) };
  const { service, secrets } = fixture;
  const identity = baseUrl === undefined ? fixture.identity : { ...fixture.identity, baseUrl: () => baseUrl };
  const trustedProxies = proxyList(proxies);
  const attempts = new FailedAttempts({ perMinute, clock: service.monotonic, trustedProxies });
  const signInAttempts = new SignInAttempts({ perMinute: signInAttemptsPerMinute, clock: service.monotonic, trustedProxies });
  const context = {
    service,
    identity,
    platform,
    managementKey: secrets.managementKey,
    operatorFingerprint: fingerprint(operatorToken),
    log,
    trustedProxies,
    preflights,
    requestIds: new RequestIds({ trustedProxies, service }),
    attempts,
    signInAttempts,
    meter,
  };
  const routes = [...(upstream === undefined ? [] : [{ prefix: "", url: new URL(upstream) }]), ...upstreams];
  const proxied = routes.length === 0 ? undefined : gateway(context, { upstreams: routes, timeoutMs: upstreamTimeoutMs });
  const app = httpApp(context);
  const server = nodeServer(context, nodeSurfaces(context, app, proxied), { ...(times !== undefined && { times }) });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  whenDone(async () => {
    proxied?.close();
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
    forgetOrigin(url);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const read = async () => JSON.parse(JSON.stringify(openApiDocument(app, platform, identity.baseUrl()))) as OpenApiDocument;
  documentOrigin(
    url,
    read,
    PLATFORMS.get(platform.name) === platform ? `in-process-${platform.name}-${service.environments.join("-")}` : undefined,
  );
  return {
    ...fixture,
    url,
    attempts,
    app,
    gateway: proxied,
    operatorToken,
    logged,
    request: (method, path, body, token = operatorToken, headers = {}) =>
      call(url + path, {
        method,
        headers: {
          ...(token !== null && { authorization: `Bearer ${token}` }),
          ...(body !== undefined && { "content-type": "application/json" }),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
  };
}
