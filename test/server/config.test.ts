/** What the environment and the options say, as a table: every setting, its default, and every refusal. */
import { describe, expect, test } from "vitest";
import { type ConfigOptions, readConfig } from "../../config.ts";
import type { Env } from "../../config-values.ts";
import { agentsend } from "../../platforms/agentsend.ts";
import { keyward } from "../../platforms/keyward.ts";

const OPTIONS: ConfigOptions = { platform: keyward, port: 4000, host: "127.0.0.1", dataDirectory: "./data" };
const LONG = "x".repeat(32);
const RANDOM = "q3Jm0Vb8sXk2Tz7Lr5Hd9Ny1Wp4Gc6Fa";
const GITHUB = { GITHUB_CLIENT_ID: "id", GITHUB_CLIENT_SECRET: "hidden" };
const OIDC = { OIDC_CLIENT_ID: "id", OIDC_CLIENT_SECRET: "hidden" };

const TRACED = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318" };

test("without a setting everything has its default", () => {
  const { trustedProxies, ...config } = readConfig({}, OPTIONS);
  expect(config).toEqual({
    platform: keyward,
    dataDirectory: "./data",
    listen: { host: "127.0.0.1", port: 4000, hostName: "--host", portName: "--port or PORT" },
    providers: [],
    upstreams: [],
    upstreamTimeoutMs: 30_000,
    failedAttemptsPerMinute: 100,
    signInAttemptsPerMinute: 30,
    logLevel: "info",
    accessLog: false,
  });
  expect(trustedProxies.rules).toEqual([]);
});

test("a setting that is empty counts as not set", () => {
  const names = [
    "KEYWARD_SECRET",
    "KEYWARD_SECRET_PREVIOUS",
    "KEYWARD_DATABASE_URL",
    "KEYWARD_DATABASE_CONNECTIONS",
    "KEYWARD_BASE_URL",
    "KEYWARD_PASSWORD_SIGN_IN",
    "KEYWARD_TRUSTED_PROXIES",
    "KEYWARD_FAILED_ATTEMPTS",
    "KEYWARD_SIGN_IN_ATTEMPTS",
    "KEYWARD_CACHED_KEYS",
    "KEYWARD_USAGE_DAYS",
    "KEYWARD_USAGE_HOURLY_DAYS",
    "KEYWARD_THREADS",
    "KEYWARD_UPSTREAM_TIMEOUT_MS",
    "KEYWARD_LOG_LEVEL",
    "KEYWARD_ACCESS_LOG",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "KEYWARD_METRICS_PORT",
    "KEYWARD_FORWARD_AUTH_PREFLIGHT",
    "KEYWARD_METRICS_HOST",
    "GITHUB_CLIENT_ID",
    "GITHUB_CLIENT_SECRET",
    "GITHUB_URL",
    "GITHUB_API_URL",
    "OIDC_CLIENT_ID",
    "OIDC_ISSUER",
  ];
  const { trustedProxies, ...config } = readConfig(Object.fromEntries(names.map((name) => [name, ""])), OPTIONS);
  const { trustedProxies: none, ...without } = readConfig({}, OPTIONS);
  expect(config).toEqual(without);
  expect(trustedProxies.rules).toEqual(none.rules);
});

test("neither the environment nor the options are changed", () => {
  const env = Object.freeze({ ...GITHUB, KEYWARD_METRICS_PORT: "9464" });
  expect(() => readConfig(env, Object.freeze({ ...OPTIONS }))).not.toThrow();
});

const CLIENT = { clientId: "id", clientSecret: "hidden" };
const GITHUB_PROVIDER = {
  kind: "github",
  id: "github",
  name: "GitHub",
  url: "https://github.com",
  apiUrl: "https://api.github.com",
  ...CLIENT,
};
const GOOGLE_PROVIDER = {
  kind: "oidc",
  id: "google",
  name: "Google",
  issuer: "https://accounts.google.com",
  clientId: "g",
  clientSecret: "s",
};
const OIDC_PROVIDER = { kind: "oidc", id: "oidc", name: "Single sign-on", issuer: "https://id.acme.test", ...CLIENT };

describe("a setting", () => {
  test.each<[string, Env, Partial<ConfigOptions>, object]>([
    ["the secret, long enough", { KEYWARD_SECRET: RANDOM, NODE_ENV: "production" }, {}, { secret: RANDOM }],
    [
      "the secret that it replaces, which may have a pattern",
      { KEYWARD_SECRET: RANDOM, KEYWARD_SECRET_PREVIOUS: LONG, NODE_ENV: "production" },
      {},
      { secret: RANDOM, previousSecret: LONG },
    ],
    ["a secret with a pattern, outside production", { KEYWARD_SECRET: LONG }, {}, { secret: LONG }],
    [
      "PostgreSQL, with what its own programs read, and nothing else of the environment",
      { KEYWARD_SECRET: RANDOM, KEYWARD_DATABASE_URL: "postgres://db/kw", KEYWARD_DATABASE_CONNECTIONS: "4", PGUSER: "kw", HOME: "/kw" },
      {},
      { database: { url: "postgres://db/kw", connections: 4, variables: { PGUSER: "kw", HOME: "/kw" } } },
    ],
    ["the base URL, without a slash", { KEYWARD_BASE_URL: "https://example.com/keys/" }, {}, { baseUrl: "https://example.com/keys" }],
    ["passwords for everybody", { KEYWARD_PASSWORD_SIGN_IN: "open" }, {}, { password: "open" }],
    ["passwords by invitation", { KEYWARD_PASSWORD_SIGN_IN: "invited" }, {}, { password: "invited" }],
    ["passwords off", { KEYWARD_PASSWORD_SIGN_IN: "off" }, {}, { password: undefined }],
    [
      "the smallest limit of attempts",
      { KEYWARD_FAILED_ATTEMPTS: "1", KEYWARD_SIGN_IN_ATTEMPTS: "1" },
      {},
      { failedAttemptsPerMinute: 1, signInAttemptsPerMinute: 1 },
    ],
    ["how long usage is kept", { KEYWARD_USAGE_HOURLY_DAYS: "31" }, {}, { usageRetention: { hourlyDays: 31, dailyDays: 400 } }],
    [
      "usage by the hour for longer than by default by the day",
      { KEYWARD_USAGE_HOURLY_DAYS: "500" },
      {},
      { usageRetention: { hourlyDays: 500, dailyDays: 500 } },
    ],
    ["the size of the cache", { KEYWARD_CACHED_KEYS: "1000" }, {}, { cachedKeys: 1000 }],
    ["no threads: as many as suit the machine", {}, {}, { threads: undefined }],
    ["threads of the environment", { KEYWARD_THREADS: "4" }, {}, { threads: 4 }],
    ["the option goes before the environment", { KEYWARD_THREADS: "4" }, { threads: "1" }, { threads: 1 }],
    [
      "the upstream and its time",
      { KEYWARD_UPSTREAM_TIMEOUT_MS: "500" },
      { upstreams: ["http://127.0.0.1:3000/api"] },
      { upstreams: [{ prefix: "", url: new URL("http://127.0.0.1:3000/api") }], upstreamTimeoutMs: 500 },
    ],
    [
      "upstreams for several paths",
      {},
      { upstreams: ["/api=http://127.0.0.1:3000", "http://127.0.0.1:3001/x", "/api/v2.1/=https://a.test/?x=1"] },
      {
        upstreams: [
          { prefix: "/api", url: new URL("http://127.0.0.1:3000") },
          { prefix: "", url: new URL("http://127.0.0.1:3001/x") },
          { prefix: "/api/v2.1", url: new URL("https://a.test/?x=1") },
        ],
      },
    ],
    [
      "an upstream above a platform's path",
      {},
      { platform: agentsend, upstreams: ["/account=http://a.test"] },
      { upstreams: [{ prefix: "/account" }] },
    ],
    [
      "an upstream whose path only begins like ours",
      {},
      { upstreams: ["/keywards=http://a.test"] },
      { upstreams: [{ prefix: "/keywards" }] },
    ],
    ["an upstream for every path, written as one", {}, { upstreams: ["/=http://a.test"] }, { upstreams: [{ prefix: "" }] }],
    ["preflights, passed on", { KEYWARD_FORWARD_AUTH_PREFLIGHT: "pass" }, {}, { preflights: "pass" }],
    ["the level of the log", { KEYWARD_LOG_LEVEL: "silent" }, {}, { logLevel: "silent" }],
    ["an access log", { KEYWARD_ACCESS_LOG: "stdout" }, {}, { accessLog: true }],
    ["traces", TRACED, {}, { traces: { root: "always_on", ratio: 1, isParentBased: true } }],
    ["traces for an endpoint of their own", { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "https://a.test/x" }, {}, { traces: expect.anything() }],
    [
      "a tenth of the traces",
      { ...TRACED, OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: "0.1" },
      {},
      { traces: { root: "traceidratio", ratio: 0.1, isParentBased: false } },
    ],
    ["traces that are switched off", { ...TRACED, OTEL_SDK_DISABLED: "true" }, {}, { traces: undefined }],
    ["traces that go nowhere", { ...TRACED, OTEL_TRACES_EXPORTER: "none" }, {}, { traces: undefined }],
    ["an access log that is off", { KEYWARD_ACCESS_LOG: "off" }, {}, { accessLog: false }],
    [
      "metrics, on this machine",
      { KEYWARD_METRICS_PORT: "65535" },
      {},
      { metrics: { host: "127.0.0.1", port: 65_535, hostName: "KEYWARD_METRICS_HOST", portName: "KEYWARD_METRICS_PORT" } },
    ],
    [
      "metrics, elsewhere",
      { KEYWARD_METRICS_PORT: "1", KEYWARD_METRICS_HOST: "::" },
      {},
      { metrics: { host: "::", port: 1, hostName: "KEYWARD_METRICS_HOST", portName: "KEYWARD_METRICS_PORT" } },
    ],
    ["GitHub", GITHUB, {}, { providers: [GITHUB_PROVIDER] }],
    [
      "a GitHub Enterprise Server",
      { ...GITHUB, GITHUB_URL: "https://git.acme.test/", GITHUB_API_URL: "https://git.acme.test/api/v3" },
      {},
      { providers: [{ ...GITHUB_PROVIDER, url: "https://git.acme.test", apiUrl: "https://git.acme.test/api/v3" }] },
    ],
    [
      "Google and another, in order",
      { GOOGLE_CLIENT_ID: "g", GOOGLE_CLIENT_SECRET: "s", ...OIDC, OIDC_ISSUER: "https://id.acme.test" },
      {},
      { providers: [GOOGLE_PROVIDER, OIDC_PROVIDER] },
    ],
    [
      "the name of a provider",
      { ...OIDC, OIDC_ISSUER: "https://id.acme.test", OIDC_NAME: "Acme ID" },
      {},
      { providers: [{ ...OIDC_PROVIDER, name: "Acme ID" }] },
    ],
    ["one environment alone", {}, { environment: "test" }, { environment: "test" }],
    ["a dashboard that failed", {}, { dashboardDirectory: null }, { dashboardDirectory: null }],
  ])("%s", (_sentence, env, options, expected) => {
    expect(readConfig(env, { ...OPTIONS, ...options })).toMatchObject(expected);
  });

  test("trusted proxies, divided by commas or spaces", () => {
    const { trustedProxies } = readConfig({ KEYWARD_TRUSTED_PROXIES: " 10.0.0.0/8, 192.0.2.1\n2001:db8::/32 " }, OPTIONS);
    expect([trustedProxies.check("10.1.2.3"), trustedProxies.check("192.0.2.1"), trustedProxies.check("2001:db8::1", "ipv6")]).toEqual([
      true,
      true,
      true,
    ]);
    expect(trustedProxies.check("192.0.2.2")).toBe(false);
  });
});

describe("it refuses, in one sentence that names the setting,", () => {
  const BASE_URL = "KEYWARD_BASE_URL must be an http or https URL, such as https://keys.example.com or https://example.com/keys";
  test.each<[string, Env, Partial<ConfigOptions>, string]>([
    [
      "no secret in production",
      { NODE_ENV: "production" },
      {},
      "KEYWARD_SECRET is not set; in production Keyward does not start without it. Make one with: openssl rand -base64 32",
    ],
    [
      "PostgreSQL without a secret",
      { KEYWARD_DATABASE_URL: "postgres://kw:hidden@db/kw" },
      {},
      "KEYWARD_SECRET is not set; every process on the database of KEYWARD_DATABASE_URL needs the same one. Make one with: openssl rand -base64 32",
    ],
    [
      "connections to no PostgreSQL",
      { KEYWARD_DATABASE_CONNECTIONS: "4" },
      {},
      "KEYWARD_DATABASE_CONNECTIONS is set without KEYWARD_DATABASE_URL",
    ],
    [
      "a secret that is too short",
      { KEYWARD_SECRET: LONG.slice(1) },
      {},
      "KEYWARD_SECRET must have at least 32 characters; make one with: openssl rand -base64 32",
    ],
    [
      "a secret with a pattern in production",
      { KEYWARD_SECRET: LONG, NODE_ENV: "production" },
      {},
      "KEYWARD_SECRET can be guessed: it repeats itself or has a pattern; make one with: openssl rand -base64 32",
    ],
    [
      "a secret that replaces itself",
      { KEYWARD_SECRET: LONG, KEYWARD_SECRET_PREVIOUS: LONG },
      {},
      "KEYWARD_SECRET_PREVIOUS is the same as KEYWARD_SECRET; it must be the one that was used before",
    ],
    [
      "a previous secret alone",
      { KEYWARD_SECRET_PREVIOUS: LONG },
      {},
      "KEYWARD_SECRET_PREVIOUS is set without KEYWARD_SECRET, which replaces it",
    ],
    [
      "a previous secret that is none",
      { KEYWARD_SECRET: RANDOM, KEYWARD_SECRET_PREVIOUS: "short" },
      {},
      "KEYWARD_SECRET_PREVIOUS must have at least 32 characters: it is no secret that was used before",
    ],
    ["a base URL that is none", { KEYWARD_BASE_URL: "keys.example.com" }, {}, BASE_URL],
    ["a base URL with a query", { KEYWARD_BASE_URL: "https://keys.example.com?x" }, {}, BASE_URL],
    [
      "a base URL on our own paths",
      { KEYWARD_BASE_URL: "https://example.com/keyward" },
      {},
      "KEYWARD_BASE_URL cannot have the path /keyward: Keyward itself serves /keyward below it",
    ],
    [
      "a base URL on a platform's",
      { KEYWARD_BASE_URL: "https://example.com/account" },
      { platform: agentsend },
      "KEYWARD_BASE_URL cannot have the path /account: Keyward itself serves /account/api-keys below it",
    ],
    ["another word for passwords", { KEYWARD_PASSWORD_SIGN_IN: "yes" }, {}, "KEYWARD_PASSWORD_SIGN_IN must be off, invited or open"],
    ["a client id without its secret", { GITHUB_CLIENT_ID: "id" }, {}, "set both GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET, or neither"],
    [
      "a client secret without its id",
      { GOOGLE_CLIENT_SECRET: "hidden" },
      {},
      "set both GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET, or neither",
    ],
    [
      "GitHub at no URL",
      { ...GITHUB, GITHUB_URL: "github.example.com" },
      {},
      "GITHUB_URL must be an http or https URL, such as https://github.example.com",
    ],
    [
      "GitHub's API at no URL",
      { ...GITHUB, GITHUB_API_URL: "ftp://a" },
      {},
      "GITHUB_API_URL must be an http or https URL, such as https://github.example.com/api/v3",
    ],
    ["a provider without an issuer", OIDC, {}, "OIDC_ISSUER must be the URL of your OpenID Connect provider"],
    ["an issuer that is no URL", { ...OIDC, OIDC_ISSUER: "acme" }, {}, "OIDC_ISSUER must be the URL of your OpenID Connect provider"],
    [
      "an upstream that is no URL",
      {},
      { upstreams: ["127.0.0.1:3000"] },
      "--upstream must be an http or https URL, such as http://127.0.0.1:3000",
    ],
    [
      "an upstream of another scheme",
      {},
      { upstreams: ["ftp://127.0.0.1"] },
      "--upstream must be an http or https URL, such as http://127.0.0.1:3000",
    ],
    [
      "an upstream's path with dot segments",
      {},
      { upstreams: ["/api/../x=http://a.test"] },
      "--upstream /api/../x=… must begin with a path of plain segments, such as /api=http://127.0.0.1:3000",
    ],
    [
      "an upstream's path with a dot segment",
      {},
      { upstreams: ["/./x=http://a.test"] },
      "--upstream /./x=… must begin with a path of plain segments, such as /api=http://127.0.0.1:3000",
    ],
    [
      "an upstream's path with an encoded segment",
      {},
      { upstreams: ["/%61pi=http://a.test"] },
      "--upstream /%61pi=… must begin with a path of plain segments, such as /api=http://127.0.0.1:3000",
    ],
    [
      "an upstream's path with an empty segment",
      {},
      { upstreams: ["//api=http://a.test"] },
      "--upstream //api=… must begin with a path of plain segments, such as /api=http://127.0.0.1:3000",
    ],
    [
      "an upstream's path with an empty segment at the end",
      {},
      { upstreams: ["/api//=http://a.test"] },
      "--upstream /api//=… must begin with a path of plain segments, such as /api=http://127.0.0.1:3000",
    ],
    [
      "an upstream's path with a query",
      {},
      { upstreams: ["/api?x=http://a.test"] },
      "--upstream /api?x=… must begin with a path of plain segments, such as /api=http://127.0.0.1:3000",
    ],
    [
      "an upstream's path with a space",
      {},
      { upstreams: ["/a b=http://a.test"] },
      "--upstream /a b=… must begin with a path of plain segments, such as /api=http://127.0.0.1:3000",
    ],
    [
      "an upstream's path with a pattern",
      {},
      { upstreams: ["/api/*=http://a.test"] },
      "--upstream /api/*=… must begin with a path of plain segments, such as /api=http://127.0.0.1:3000",
    ],
    [
      "an upstream's path without its URL",
      {},
      { upstreams: ["/api"] },
      "--upstream must be an http or https URL, such as http://127.0.0.1:3000",
    ],
    [
      "an upstream's path with no URL",
      {},
      { upstreams: ["/api="] },
      "--upstream must be an http or https URL, such as http://127.0.0.1:3000",
    ],
    [
      "an upstream's path with another path",
      {},
      { upstreams: ["/api=/v2"] },
      "--upstream must be an http or https URL, such as http://127.0.0.1:3000",
    ],
    [
      "an upstream at our own path",
      {},
      { upstreams: ["/keyward=http://a.test"] },
      "--upstream cannot have the path /keyward: Keyward itself serves /keyward",
    ],
    [
      "an upstream below our own path",
      {},
      { upstreams: ["/org/x=http://a.test"] },
      "--upstream cannot have the path /org/x: Keyward itself serves /org",
    ],
    [
      "an upstream at a platform's path",
      {},
      { platform: agentsend, upstreams: ["/account/api-keys=http://a.test"] },
      "--upstream cannot have the path /account/api-keys: Keyward itself serves /account/api-keys",
    ],
    [
      "two upstreams for every path",
      {},
      { upstreams: ["http://a.test", "http://b.test"] },
      "--upstream is given twice for every path; each path has one upstream",
    ],
    [
      "two upstreams for one path",
      {},
      { upstreams: ["/api=http://a.test", "/api/=http://b.test"] },
      "--upstream is given twice for /api; each path has one upstream",
    ],
    ["too few days of usage by the hour", { KEYWARD_USAGE_HOURLY_DAYS: "30" }, {}, "KEYWARD_USAGE_HOURLY_DAYS must be at least 31"],
    [
      "fewer days of usage by the day than by the hour",
      { KEYWARD_USAGE_DAYS: "60" },
      {},
      "KEYWARD_USAGE_DAYS must not be smaller than KEYWARD_USAGE_HOURLY_DAYS",
    ],
    ["another word for preflights", { KEYWARD_FORWARD_AUTH_PREFLIGHT: "on" }, {}, "KEYWARD_FORWARD_AUTH_PREFLIGHT must be pass or refuse"],
    [
      "a proxy by its name",
      { KEYWARD_TRUSTED_PROXIES: "10.0.0.1, proxy.local" },
      {},
      "KEYWARD_TRUSTED_PROXIES must list addresses or subnets, such as 10.0.0.0/8; proxy.local is neither",
    ],
    [
      "a subnet of too many bits",
      { KEYWARD_TRUSTED_PROXIES: "10.0.0.0/33" },
      {},
      "KEYWARD_TRUSTED_PROXIES must list addresses or subnets, such as 10.0.0.0/8; 10.0.0.0/33 is neither",
    ],
    ["no failed attempts at all", { KEYWARD_FAILED_ATTEMPTS: "0" }, {}, "KEYWARD_FAILED_ATTEMPTS must be a whole number of at least 1"],
    ["half a sign-in", { KEYWARD_SIGN_IN_ATTEMPTS: "1.5" }, {}, "KEYWARD_SIGN_IN_ATTEMPTS must be a whole number of at least 1"],
    ["no thread at all", { KEYWARD_THREADS: "0" }, {}, "--threads or KEYWARD_THREADS must be a whole number from 1 to 256"],
    ["threads that are no number", {}, { threads: "all" }, "--threads or KEYWARD_THREADS must be a whole number from 1 to 256"],
    ["a number with a sign", { KEYWARD_CACHED_KEYS: "-1" }, {}, "KEYWARD_CACHED_KEYS must be a whole number of at least 1"],
    ["a number as programs write it", { KEYWARD_CACHED_KEYS: "1e3" }, {}, "KEYWARD_CACHED_KEYS must be a whole number of at least 1"],
    [
      "a time with its unit",
      { KEYWARD_UPSTREAM_TIMEOUT_MS: "30s" },
      {},
      "KEYWARD_UPSTREAM_TIMEOUT_MS must be a whole number from 1 to 2147483647",
    ],
    [
      "a time longer than any timer",
      { KEYWARD_UPSTREAM_TIMEOUT_MS: "2147483648" },
      {},
      "KEYWARD_UPSTREAM_TIMEOUT_MS must be a whole number from 1 to 2147483647",
    ],
    [
      "a number too large to count",
      { KEYWARD_CACHED_KEYS: "9007199254740993" },
      {},
      "KEYWARD_CACHED_KEYS must be a whole number of at least 1",
    ],
    ["metrics on port 0", { KEYWARD_METRICS_PORT: "0" }, {}, "KEYWARD_METRICS_PORT must be a whole number from 1 to 65535"],
    ["metrics on no port", { KEYWARD_METRICS_PORT: "65536" }, {}, "KEYWARD_METRICS_PORT must be a whole number from 1 to 65535"],
    [
      "an address without its port",
      { KEYWARD_METRICS_HOST: "0.0.0.0" },
      {},
      "KEYWARD_METRICS_HOST is set without KEYWARD_METRICS_PORT: metrics have no listener of their own",
    ],
    [
      "traces to what is no URL",
      { OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4318" },
      {},
      "OTEL_EXPORTER_OTLP_ENDPOINT must be an http or https URL, such as http://127.0.0.1:4318",
    ],
    [
      "traces in another protocol",
      { ...TRACED, OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" },
      {},
      "OTEL_EXPORTER_OTLP_PROTOCOL must be http/protobuf, the default: nothing else is sent",
    ],
    [
      "a sampler that is not known",
      { ...TRACED, OTEL_TRACES_SAMPLER: "jaeger_remote" },
      {},
      "OTEL_TRACES_SAMPLER must be always_on, always_off or traceidratio, alone or with parentbased_ before it",
    ],
    ["more than all traces", { ...TRACED, OTEL_TRACES_SAMPLER_ARG: "2" }, {}, "OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1"],
    ["an access log elsewhere", { KEYWARD_ACCESS_LOG: "stderr" }, {}, "KEYWARD_ACCESS_LOG must be stdout or off"],
    [
      "a level that the log lacks",
      { KEYWARD_LOG_LEVEL: "loud" },
      {},
      "KEYWARD_LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent",
    ],
  ])("%s", (_sentence, env, options, sentence) => {
    expect(() => readConfig(env, { ...OPTIONS, ...options })).toThrow(new Error(sentence));
    expect(sentence).not.toContain("hidden");
  });
});
