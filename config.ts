/** Reads the environment and the options of `serve` as a typed, checked configuration. Pure: it opens nothing and reads no clock. */

import type { BlockList } from "node:net";
import type { Level } from "pino";
import { FAILED_ATTEMPTS_PER_MINUTE } from "./admission/failed-attempts.ts";
import { proxyList } from "./admission/trusted-proxies.ts";
import { type Env, httpUrl, wholeNumber, withoutSlash } from "./config-values.ts";
import type { Environment } from "./engine/api-key.ts";
import { isWeakSecret } from "./engine/secret-strength.ts";
import { USAGE_RETENTION, type UsageRetention } from "./engine/usage-report.ts";
import { isAtOrBelow, readBaseUrl } from "./http/base-url.ts";
import type { UpstreamRoute } from "./http/gateway/upstreams.ts";
import { ownPaths } from "./http/listener.ts";
import { hasDotSegment } from "./http/request-path.ts";
import { SIGN_IN_ATTEMPTS_PER_MINUTE } from "./http/sign-in/attempts.ts";
import type { IdentityOptions, Provider } from "./identity/index.ts";
import type { Platform } from "./platforms/define.ts";
import { SECRET_MIN_CHARACTERS } from "./service/secrets.ts";
import type { Sampling } from "./telemetry/tracing.ts";

export interface ConfigOptions {
  readonly platform: Platform;
  /** 0 for any free port. */
  readonly port: number;
  readonly host: string;
  /** Created if it is missing. A relative path starts at the working directory. */
  readonly dataDirectory: string;
  /** Serve only this environment of the platform. */
  readonly environment?: Environment | undefined;
  /** The platform's own APIs, behind the gateway: http or https URLs, each alone or as `/path=URL` for the paths below. */
  readonly upstreams?: readonly string[] | undefined;
  /** How many threads serve, as it was given: `--threads`. It takes precedence over `KEYWARD_THREADS`. */
  readonly threads?: string | undefined;
  /** The directory with the built dashboard. Null: it could not be built, and its pages say so. Undefined: it is not served. */
  readonly dashboardDirectory?: string | null | undefined;
}

/** The address of a listener, and the names of its settings for error messages. */
export interface ListenAt {
  readonly host: string;
  readonly port: number;
  readonly hostName: string;
  readonly portName: string;
}

export interface Config extends Pick<ConfigOptions, "platform" | "environment" | "dataDirectory" | "dashboardDirectory"> {
  readonly listen: ListenAt;
  /** A separate listener for metrics. Undefined: metrics are served beside the other routes, and need a service token. */
  readonly metrics: ListenAt | undefined;
  /** The PostgreSQL database. Undefined: the embedded database in the data directory. */
  readonly database: DatabaseConfig | undefined;
  /** The master secret. Undefined: one is kept in the data directory, which is not possible in production. */
  readonly secret: string | undefined;
  /** The secret that it replaces. */
  readonly previousSecret: string | undefined;
  /** The public base URL, without a slash at its end. Undefined: the address of the listener. */
  readonly baseUrl: string | undefined;
  readonly providers: readonly Provider[];
  readonly password: IdentityOptions["password"];
  /** Empty: there is no gateway. */
  readonly upstreams: readonly UpstreamRoute[];
  readonly upstreamTimeoutMs: number;
  readonly trustedProxies: BlockList;
  /** What forward-auth says to preflights. Undefined: as the platform's keys are used. */
  readonly preflights: "pass" | "refuse" | undefined;
  readonly failedAttemptsPerMinute: number;
  readonly signInAttemptsPerMinute: number;
  /** The maximum number of keys in memory. Undefined: the service's default. */
  readonly cachedKeys: number | undefined;
  /** Undefined: the service's default. */
  readonly usageRetention: UsageRetention | undefined;
  /** How many threads serve. Undefined: as many as suit the machine. */
  readonly threads: number | undefined;
  readonly logLevel: LogLevel;
  /** Which traces are sent with OpenTelemetry. Undefined: none, and no library is loaded. */
  readonly traces: Sampling | undefined;
  /** Whether the gateway writes an access log to standard output. */
  readonly accessLog: boolean;
}

interface DatabaseConfig {
  /** `postgres://...`. It may contain a password. */
  readonly url: string;
  /** What PostgreSQL's own programs read too, for what the URL leaves out. */
  readonly variables: Env;
  /** The maximum number of connections for requests. Undefined: the store's default. */
  readonly connections: number | undefined;
}

type LogLevel = Level | "silent";

const LOG_LEVELS: readonly string[] = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] satisfies LogLevel[];
const HOURLY_DAYS_MINIMUM = 31;
const THREADS_NAME = "--threads or KEYWARD_THREADS";
const MOST_THREADS = 256;
const UPSTREAM_TIMEOUT_MS = 30_000;
const MOST_CONNECTIONS = 100;
/** Node runs a timer with a longer delay at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * ```ts
 * const config = readConfig(process.env, { platform: keyward, port: 4000, host: "127.0.0.1", dataDirectory: "./data" });
 * ```
 *
 * @throws Error with one sentence that names the setting and says what it must be; it never repeats a secret.
 */
export function readConfig(env: Env, options: ConfigOptions): Config {
  const { platform, environment, dataDirectory, dashboardDirectory } = options;
  return {
    platform,
    environment,
    dataDirectory,
    dashboardDirectory,
    listen: { host: options.host, port: options.port, hostName: "--host", portName: "--port or PORT" },
    metrics: metricsListener(env),
    database: database(env),
    secret: masterSecret(env),
    previousSecret: previousSecret(env),
    // Never taken from a request: the client decides what `Host` says.
    baseUrl: env.KEYWARD_BASE_URL ? readBaseUrl(env.KEYWARD_BASE_URL, ownPaths(platform)) : undefined,
    providers: providers(env),
    password: passwordPolicy(env),
    upstreams: upstreams(options.upstreams ?? [], ownPaths(platform)),
    upstreamTimeoutMs: wholeNumber(env, "KEYWARD_UPSTREAM_TIMEOUT_MS", LONGEST_TIMER_MS) ?? UPSTREAM_TIMEOUT_MS,
    trustedProxies: trustedProxies(env),
    preflights: preflights(env),
    failedAttemptsPerMinute: wholeNumber(env, "KEYWARD_FAILED_ATTEMPTS") ?? FAILED_ATTEMPTS_PER_MINUTE,
    signInAttemptsPerMinute: wholeNumber(env, "KEYWARD_SIGN_IN_ATTEMPTS") ?? SIGN_IN_ATTEMPTS_PER_MINUTE,
    cachedKeys: wholeNumber(env, "KEYWARD_CACHED_KEYS"),
    usageRetention: usageRetention(env),
    threads: threads(options.threads ?? env.KEYWARD_THREADS),
    logLevel: logLevel(env),
    traces: traces(env),
    accessLog: accessLog(env),
  };
}

function upstreams(texts: readonly string[], own: readonly string[]): readonly UpstreamRoute[] {
  const routes = texts.map((text) => upstreamRoute(text, own));
  const twice = routes.find(({ prefix }, at) => routes.findIndex((other) => other.prefix === prefix) !== at);
  if (twice !== undefined) throw new Error(`--upstream is given twice for ${twice.prefix || "every path"}; each path has one upstream`);
  return routes;
}

/** One spelling for each path: what may be spelled in several ways would not be found by a request that uses another. */
function upstreamRoute(text: string, own: readonly string[]): UpstreamRoute {
  const [, path = "", url = text] = /^(\/[^=]*)=(.*)$/.exec(text) ?? [];
  const prefix = path.replace(/\/$/, "");
  if (!/^(?:\/[\w.~-]+)*$/.test(prefix) || hasDotSegment(prefix))
    throw new Error(`--upstream ${path}=… must begin with a path of plain segments, such as /api=http://127.0.0.1:3000`);
  const taken = prefix === "" ? undefined : own.find((base) => isAtOrBelow(prefix, base));
  if (taken !== undefined) throw new Error(`--upstream cannot have the path ${prefix}: Keyward itself serves ${taken}`);
  return { prefix, url: httpUrl("--upstream", url, "http://127.0.0.1:3000") };
}

/** Only on this machine unless another address is given: everybody who reaches the listener can read the metrics. */
function metricsListener(env: Env): ListenAt | undefined {
  const [hostName, portName] = ["KEYWARD_METRICS_HOST", "KEYWARD_METRICS_PORT"];
  const port = wholeNumber(env, portName, 65_535);
  if (port !== undefined) return { host: env[hostName] || "127.0.0.1", port, hostName, portName };
  if (env[hostName]) throw new Error(`${hostName} is set without ${portName}: metrics have no listener of their own`);
  return undefined;
}

function database(env: Env): DatabaseConfig | undefined {
  const { KEYWARD_DATABASE_URL: url } = env;
  const connections = wholeNumber(env, "KEYWARD_DATABASE_CONNECTIONS", MOST_CONNECTIONS);
  if (url) return { url, connections, variables: Object.fromEntries(Object.entries(env).filter(([name]) => /^PG|^HOME$/.test(name))) };
  if (connections !== undefined) throw new Error("KEYWARD_DATABASE_CONNECTIONS is set without KEYWARD_DATABASE_URL");
  return undefined;
}

function masterSecret({ KEYWARD_SECRET: secret, KEYWARD_DATABASE_URL, NODE_ENV }: Env): string | undefined {
  if (!secret && KEYWARD_DATABASE_URL)
    throw new Error(
      "KEYWARD_SECRET is not set; every process on the database of KEYWARD_DATABASE_URL needs the same one. Make one with: openssl rand -base64 32",
    );
  if (!secret && NODE_ENV === "production")
    throw new Error("KEYWARD_SECRET is not set; in production Keyward does not start without it. Make one with: openssl rand -base64 32");
  if (secret && secret.length < SECRET_MIN_CHARACTERS)
    throw new Error(`KEYWARD_SECRET must have at least ${SECRET_MIN_CHARACTERS} characters; make one with: openssl rand -base64 32`);
  if (secret && NODE_ENV === "production" && isWeakSecret(secret))
    throw new Error("KEYWARD_SECRET can be guessed: it repeats itself or has a pattern; make one with: openssl rand -base64 32");
  return secret || undefined;
}

/** It may be weak: that may be why it is replaced. */
function previousSecret({ KEYWARD_SECRET: secret, KEYWARD_SECRET_PREVIOUS: previous }: Env): string | undefined {
  if (!previous) return undefined;
  if (!secret) throw new Error("KEYWARD_SECRET_PREVIOUS is set without KEYWARD_SECRET, which replaces it");
  if (secret === previous)
    throw new Error("KEYWARD_SECRET_PREVIOUS is the same as KEYWARD_SECRET; it must be the one that was used before");
  if (previous.length < SECRET_MIN_CHARACTERS)
    throw new Error(`KEYWARD_SECRET_PREVIOUS must have at least ${SECRET_MIN_CHARACTERS} characters: it is no secret that was used before`);
  return previous;
}

/** The providers that sign people in. A client id and its secret switch a provider on. */
function providers(env: Env): Provider[] {
  const withClient = (prefix: string, complete: (client: { clientId: string; clientSecret: string }) => Provider): Provider[] => {
    const [clientId, clientSecret] = [env[`${prefix}_CLIENT_ID`], env[`${prefix}_CLIENT_SECRET`]];
    if (clientId && clientSecret) return [complete({ clientId, clientSecret })];
    if (clientId || clientSecret) throw new Error(`set both ${prefix}_CLIENT_ID and ${prefix}_CLIENT_SECRET, or neither`);
    return [];
  };
  return [
    ...withClient("GITHUB", (client) => ({
      kind: "github",
      id: "github",
      name: "GitHub",
      url: withoutSlash(httpUrl("GITHUB_URL", env.GITHUB_URL || "https://github.com", "https://github.example.com")),
      apiUrl: withoutSlash(httpUrl("GITHUB_API_URL", env.GITHUB_API_URL || "https://api.github.com", "https://github.example.com/api/v3")),
      ...client,
    })),
    ...withClient("GOOGLE", (client) => ({ kind: "oidc", id: "google", name: "Google", issuer: "https://accounts.google.com", ...client })),
    ...withClient("OIDC", (client) => {
      if (!URL.canParse(env.OIDC_ISSUER ?? "")) throw new Error("OIDC_ISSUER must be the URL of your OpenID Connect provider");
      return { kind: "oidc", id: "oidc", name: env.OIDC_NAME || "Single sign-on", issuer: env.OIDC_ISSUER ?? "", ...client };
    }),
  ];
}

function passwordPolicy({ KEYWARD_PASSWORD_SIGN_IN: policy }: Env): IdentityOptions["password"] {
  if (!policy || policy === "off") return undefined;
  if (policy === "open" || policy === "invited") return policy;
  throw new Error("KEYWARD_PASSWORD_SIGN_IN must be off, invited or open");
}

function preflights({ KEYWARD_FORWARD_AUTH_PREFLIGHT: said }: Env): Config["preflights"] {
  if (!said) return undefined;
  if (said === "pass" || said === "refuse") return said;
  throw new Error("KEYWARD_FORWARD_AUTH_PREFLIGHT must be pass or refuse");
}

function trustedProxies({ KEYWARD_TRUSTED_PROXIES: text = "" }: Env): BlockList {
  const entries = text.split(/[\s,]+/).filter((entry) => entry !== "");
  for (const entry of entries) {
    try {
      proxyList([entry]);
    } catch (cause) {
      throw new Error(`KEYWARD_TRUSTED_PROXIES must list addresses or subnets, such as 10.0.0.0/8; ${entry} is neither`, { cause });
    }
  }
  return proxyList(entries);
}

/** The page of a key shows 30 days by the hour. */
function usageRetention(env: Env): UsageRetention | undefined {
  const [hourly, daily] = [wholeNumber(env, "KEYWARD_USAGE_HOURLY_DAYS"), wholeNumber(env, "KEYWARD_USAGE_DAYS")];
  if (hourly === undefined && daily === undefined) return undefined;
  const hourlyDays = hourly ?? USAGE_RETENTION.hourlyDays;
  const dailyDays = daily ?? Math.max(USAGE_RETENTION.dailyDays, hourlyDays);
  if (hourlyDays < HOURLY_DAYS_MINIMUM) throw new Error(`KEYWARD_USAGE_HOURLY_DAYS must be at least ${HOURLY_DAYS_MINIMUM}`);
  if (dailyDays < hourlyDays) throw new Error("KEYWARD_USAGE_DAYS must not be smaller than KEYWARD_USAGE_HOURLY_DAYS");
  return { hourlyDays, dailyDays };
}

function threads(text: string | undefined): number | undefined {
  return wholeNumber({ [THREADS_NAME]: text }, THREADS_NAME, MOST_THREADS);
}

function logLevel({ KEYWARD_LOG_LEVEL: level }: Env): LogLevel {
  if (!level) return "info";
  if (!LOG_LEVELS.includes(level)) throw new Error(`KEYWARD_LOG_LEVEL must be one of ${LOG_LEVELS.join(", ")}`);
  return level as LogLevel;
}

/** As OpenTelemetry names them: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables. The library itself reads the rest. */
function traces(env: Env): Sampling | undefined {
  const { OTEL_SDK_DISABLED, OTEL_TRACES_EXPORTER, OTEL_TRACES_SAMPLER, OTEL_TRACES_SAMPLER_ARG } = env;
  const endpoints = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];
  const named = endpoints.find((name) => env[name]);
  if (named === undefined || OTEL_SDK_DISABLED?.toLowerCase() === "true" || OTEL_TRACES_EXPORTER === "none") return undefined;
  httpUrl(named, env[named] ?? "", "http://127.0.0.1:4318");
  const protocol = env.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL || env.OTEL_EXPORTER_OTLP_PROTOCOL || "http/protobuf";
  if (protocol !== "http/protobuf") throw new Error("OTEL_EXPORTER_OTLP_PROTOCOL must be http/protobuf, the default: nothing else is sent");
  const [, parentBased, root] =
    /^(parentbased_)?(always_on|always_off|traceidratio)$/.exec(OTEL_TRACES_SAMPLER || "parentbased_always_on") ?? [];
  if (root === undefined)
    throw new Error("OTEL_TRACES_SAMPLER must be always_on, always_off or traceidratio, alone or with parentbased_ before it");
  const ratio = Number(OTEL_TRACES_SAMPLER_ARG || 1);
  if (!(ratio >= 0 && ratio <= 1)) throw new Error("OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1");
  return { root: root as Sampling["root"], ratio, isParentBased: parentBased !== undefined };
}

function accessLog({ KEYWARD_ACCESS_LOG: where }: Env): boolean {
  if (!where || where === "off") return false;
  if (where === "stdout") return true;
  throw new Error("KEYWARD_ACCESS_LOG must be stdout or off");
}
