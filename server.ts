/** The composition root: the only file that reads the environment and opens anything. What opens something registers its closing. */
import { randomBytes } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import pino, { type Logger } from "pino";
import { proxyList } from "./admission/client-address.ts";
import { FAILED_ATTEMPTS_PER_MINUTE, FailedAttempts } from "./admission/failed-attempts.ts";
import type { Environment } from "./engine/api-key.ts";
import { httpApp } from "./http/app.ts";
import { readBaseUrl } from "./http/base-url.ts";
import { openDashboard } from "./http/dashboard/pages.ts";
import { gateway } from "./http/gateway/gateway.ts";
import { nodeSurfaces, ownPaths } from "./http/listener.ts";
import { metricsListener } from "./http/metrics.ts";
import { nodeServer } from "./http/node-server.ts";
import { SIGN_IN_ATTEMPTS_PER_MINUTE, SignInAttempts } from "./http/sign-in/attempts.ts";
import { type IdentityOptions, openIdentity, type Provider } from "./identity/index.ts";
import { pathPrefix } from "./identity/paths.ts";
import type { Platform } from "./platforms/define.ts";
import { PLATFORMS } from "./platforms/index.ts";
import { type Keyward, keyward, type MonotonicClock } from "./service/index.ts";
import { fingerprint, SECRET_MIN_CHARACTERS } from "./service/secrets.ts";
import { openSqlite } from "./stores/sqlite/open.ts";
import { narrowToOwner } from "./stores/sqlite/private-file.ts";

export interface ServeOptions {
  /** A name that Keyward knows, or a file that exports a platform. */
  readonly platform: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly host: string;
  readonly dataDirectory: string;
  readonly environment?: Environment | undefined;
  readonly upstream?: string | undefined;
  /** Where a build of the dashboard is; null where it could not be built, which its addresses then say. Absent: none is served. */
  readonly dashboardDirectory?: string | null | undefined;
}

export interface Serving {
  readonly url: string;
  /** Answers what is under way, writes what is in memory, and closes everything in the reverse order of opening. */
  stop(): Promise<void>;
}

const UPSTREAM_TIMEOUT_MS = 30_000;
const FIRST_KEY_NAME = "First key";
const DRAIN_MS = 10_000;

/** @throws Error with one clear sentence when it cannot run safely. */
export async function serve(options: ServeOptions, env: NodeJS.ProcessEnv = process.env): Promise<Serving> {
  await using opened = new AsyncDisposableStack();
  const log = logger(env);
  const platform = await findPlatform(options.platform);
  const upstream = options.upstream === undefined ? undefined : upstreamUrl(options.upstream);
  const dataDirectory = resolve(options.dataDirectory);
  await mkdir(dataDirectory, { recursive: true, mode: 0o700 }).catch((cause: NodeJS.ErrnoException) => {
    throw new Error(
      `the data directory ${dataDirectory} cannot be made: ${cause.code === "EEXIST" || cause.code === "ENOTDIR" ? "a file is in the way" : cause.message}`,
      { cause },
    );
  });

  // From configuration: `Host` is what a client says, and never asked.
  const baseUrl = env.KEYWARD_BASE_URL ? readBaseUrl(env.KEYWARD_BASE_URL, ownPaths(platform)) : undefined;
  const providers = configuredProviders(env);
  const password = passwordPolicy(env);

  const { store, dialect, close } = await openSqlite({ directory: dataDirectory });
  opened.defer(close);
  const secret = await masterSecret(env, dataDirectory);
  const service = await keyward({
    platform,
    store,
    secret,
    environment: options.environment,
    monotonicClock: await machineClock(),
    ...(env.KEYWARD_CACHED_KEYS !== undefined && { cachedKeys: wholeNumber("KEYWARD_CACHED_KEYS", env.KEYWARD_CACHED_KEYS) }),
    onFlushFailed: (error) => log.error({ failure: String(error) }, "use could not be written; it is kept in memory and tried again"),
  });
  opened.defer(() => service.close().catch((error) => log.error({ failure: String(error) }, "the last use could not be written")));

  const operatorToken = `kwo_${randomBytes(32).toString("base64url")}`;
  let listeningUrl = "";
  const identity = openIdentity({
    service,
    database: async () => ({ dialect: await dialect(), type: "sqlite", transaction: false }),
    baseUrl: () => baseUrl ?? listeningUrl,
    providers,
    password,
    platform: platform.identity,
    ...(platform.firstKeyAtSignIn && { onOrganizationMade: (organizationId, userId) => makeFirstKey(service, organizationId, userId) }),
    log,
  });
  const metricsAt = metricsAddress(env);
  const trustedProxies = proxyList((env.KEYWARD_TRUSTED_PROXIES ?? "").split(/[\s,]+/).filter(Boolean));
  const failedAttemptsPerMinute = wholeSetting(env, "KEYWARD_FAILED_ATTEMPTS", FAILED_ATTEMPTS_PER_MINUTE);
  const signInAttemptsPerMinute = wholeSetting(env, "KEYWARD_SIGN_IN_ATTEMPTS", SIGN_IN_ATTEMPTS_PER_MINUTE);
  const counting = { clock: service.monotonic, trustedProxies };
  const context = {
    service,
    platform,
    identity,
    operatorFingerprint: fingerprint(operatorToken),
    log,
    trustedProxies,
    attempts: new FailedAttempts({ perMinute: failedAttemptsPerMinute, ...counting }),
    signInAttempts: new SignInAttempts({ perMinute: signInAttemptsPerMinute, ...counting }),
    dashboard: options.dashboardDirectory == null ? options.dashboardDirectory : await openDashboard(options.dashboardDirectory),
    hasMetricsListener: metricsAt !== undefined,
  };
  const timeoutMs = wholeSetting(env, "KEYWARD_UPSTREAM_TIMEOUT_MS", UPSTREAM_TIMEOUT_MS);
  const proxied = upstream && gateway(context, { upstream, timeoutMs });
  if (proxied !== undefined) opened.defer(() => proxied.close());

  const prefix = baseUrl === undefined ? "" : pathPrefix(baseUrl);
  const server = nodeServer(context, nodeSurfaces(context, httpApp(context), proxied), { prefix });
  if (metricsAt !== undefined) {
    const metrics = nodeServer(context, metricsListener(context));
    await listen(metrics, metricsAt);
    opened.defer(() => drain(metrics));
  }
  const url = await listen(server, { ...options, portName: "--port or PORT", hostName: "--host" });
  listeningUrl = url;
  opened.defer(() => drain(server));
  await announce(dataDirectory, { url, pid: process.pid, token: operatorToken });
  opened.defer(() => rm(join(dataDirectory, "server.json"), { force: true }));

  const isLockedOut = providers.length === 0 && password === undefined && platform.identity === undefined;
  if (isLockedOut && !(await service.people.hasUsers())) {
    process.stderr.write(
      `keyward: no way to sign in is configured yet; within 15 minutes this link signs you in as the operator, once: ${identity.operatorLink().url}\n`,
    );
  }
  const running = opened.move();
  return { url, stop: () => running.disposeAsync() };
}

async function findPlatform(name: string): Promise<Platform> {
  const known = PLATFORMS.get(name);
  if (known !== undefined) return known;
  const unknown = new Error(
    `there is no platform ${JSON.stringify(name)}; take one of ${[...PLATFORMS.keys()].join(", ")}, or the path of a file that exports one as default`,
  );
  if (!/[/\\.]/.test(name)) throw unknown;
  const module: { default?: Platform } = await import(pathToFileURL(resolve(name)).href).catch((cause) => {
    throw new Error(`the platform file ${name} cannot be loaded: ${cause instanceof Error ? cause.message : cause}`, { cause });
  });
  if (module.default?.keyForm === undefined)
    throw new Error(`the platform file ${name} must export a platform made with definePlatform as default`);
  return module.default;
}

/** @throws Error when there is none: the person is signed in all the same, and can make one. */
async function makeFirstKey({ keys }: Keyward, organizationId: string, userId: string): Promise<void> {
  const made = await keys.create(organizationId, { name: FIRST_KEY_NAME }, userId);
  if (!made.ok) throw new Error(made.problem.detail);
}

/** Who may sign people in: a client id and its secret switch a provider on. */
function configuredProviders(env: NodeJS.ProcessEnv): Provider[] {
  const withClient = (prefix: string, more: (client: { clientId: string; clientSecret: string }) => Provider): Provider[] => {
    const [clientId = "", clientSecret = ""] = [env[`${prefix}_CLIENT_ID`], env[`${prefix}_CLIENT_SECRET`]];
    if (clientId === "" && clientSecret === "") return [];
    if (clientId === "" || clientSecret === "") throw new Error(`set both ${prefix}_CLIENT_ID and ${prefix}_CLIENT_SECRET, or neither`);
    return [more({ clientId, clientSecret })];
  };
  const gitHub = (env.GITHUB_URL ?? "https://github.com").replace(/\/$/, "");
  const gitHubApi = (env.GITHUB_API_URL ?? "https://api.github.com").replace(/\/$/, "");
  return [
    ...withClient("GITHUB", (client) => ({ kind: "github", id: "github", name: "GitHub", url: gitHub, apiUrl: gitHubApi, ...client })),
    ...withClient("GOOGLE", (client) => ({ kind: "oidc", id: "google", name: "Google", issuer: "https://accounts.google.com", ...client })),
    ...withClient("OIDC", (client) => {
      if (URL.parse(env.OIDC_ISSUER ?? "") === null) throw new Error("OIDC_ISSUER must be the URL of your OpenID Connect provider");
      return { kind: "oidc", id: "oidc", name: env.OIDC_NAME ?? "Single sign-on", issuer: env.OIDC_ISSUER ?? "", ...client };
    }),
  ];
}

function passwordPolicy({ KEYWARD_PASSWORD_SIGN_IN: policy }: NodeJS.ProcessEnv): IdentityOptions["password"] {
  if (policy === undefined || policy === "" || policy === "off") return undefined;
  if (policy === "open" || policy === "invited") return policy;
  throw new Error("KEYWARD_PASSWORD_SIGN_IN must be off, invited or open");
}

function upstreamUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new Error(`--upstream must be an http or https URL, such as http://127.0.0.1:3000`);
  return url;
}

/** Production brings its own secret; elsewhere one is made on first start and stays in the data directory. */
async function masterSecret(env: NodeJS.ProcessEnv, dataDirectory: string): Promise<string> {
  const given = env.KEYWARD_SECRET;
  if (given !== undefined && given !== "") {
    if (given.length < SECRET_MIN_CHARACTERS)
      throw new Error(`KEYWARD_SECRET must have at least ${SECRET_MIN_CHARACTERS} characters; make one with: openssl rand -base64 32`);
    return given;
  }
  if (env.NODE_ENV === "production")
    throw new Error("KEYWARD_SECRET is not set; in production Keyward does not start without it. Make one with: openssl rand -base64 32");
  const file = join(dataDirectory, "secret");
  if (narrowToOwner(file)) return (await readFile(file, "utf8")).trim();
  const made = randomBytes(32).toString("base64url");
  await writeFile(file, `${made}\n`, { mode: 0o600, flag: "wx", flush: true });
  return made;
}

/**
 * The clock of this machine since it was started. The next process on it shares it, so that counters survive a restart exactly, whatever the
 * wall clock did meanwhile. Undefined where the system does not tell one start of the machine from another: only Linux does.
 */
async function machineClock(): Promise<MonotonicClock | undefined> {
  const bootId = await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => undefined);
  if (bootId === undefined) return undefined;
  // `performance.now()` is the same clock, counted from the start of the process, and cheaper to read; the global itself is a getter.
  const own = performance;
  const beforeProcessMs = Number(process.hrtime.bigint()) / 1e6 - own.now();
  return { id: bootId.trim(), now: () => beforeProcessMs + own.now() };
}

function wholeSetting(env: NodeJS.ProcessEnv, name: string, otherwise: number): number {
  const text = env[name];
  return text === undefined ? otherwise : wholeNumber(name, text);
}

function wholeNumber(name: string, text: string, maximum = Number.MAX_SAFE_INTEGER): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && number <= maximum) return number;
  throw new Error(`${name} must be a whole number ${maximum === Number.MAX_SAFE_INTEGER ? "of at least 1" : `from 1 to ${maximum}`}`);
}

/** Lines of JSON on standard error. What might hold a secret is cut out, should it ever get so far. */
function logger(env: NodeJS.ProcessEnv): Logger {
  const secret = ["authorization", "key", "token", "secret", "*.authorization", "*.key", "*.token", "*.secret", "*.headers"];
  return pino(
    { name: "keyward", level: env.KEYWARD_LOG_LEVEL ?? "info", redact: { paths: secret, censor: "[redacted]" } },
    pino.destination({ fd: 2, sync: true }),
  );
}

/** Where a server listens, and what the settings are called that say so. */
interface ListenAt {
  readonly host: string;
  readonly port: number;
  readonly portName: string;
  readonly hostName: string;
}

/** Where metrics are served, if not among the other routes: on this machine alone, unless the operator names another address. */
function metricsAddress({ KEYWARD_METRICS_PORT: port, KEYWARD_METRICS_HOST: host }: NodeJS.ProcessEnv): ListenAt | undefined {
  const [portName, hostName] = ["KEYWARD_METRICS_PORT", "KEYWARD_METRICS_HOST"];
  if (port) return { host: host || "127.0.0.1", port: wholeNumber(portName, port, 65_535), portName, hostName };
  if (host) throw new Error(`${hostName} is set without ${portName}: metrics have no listener of their own`);
  return undefined;
}

function listen(server: Server, { host, port, portName, hostName }: ListenAt): Promise<string> {
  return new Promise((resolveUrl, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const sentences: Record<string, string> = {
        EADDRINUSE: `port ${port} is taken; name another with ${portName}`,
        EACCES: `port ${port} may not be used by this user; name another with ${portName}`,
        ENOTFOUND: `there is no host ${host}; name an address of this machine with ${hostName}`,
        EADDRNOTAVAIL: `${host} is no address of this machine; name one with ${hostName}`,
      };
      reject(new Error(sentences[error.code ?? ""] ?? error.message, { cause: error }));
    });
    server.listen(port, host, () => {
      const { address, port: taken, family } = server.address() as AddressInfo;
      resolveUrl(`http://${family === "IPv6" ? `[${address}]` : address}:${taken}`);
    });
  });
}

/** Lets requests under way end, for a while. */
async function drain(server: Server): Promise<void> {
  const closed = new Promise((done) => server.close(done));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
  await closed;
  clearTimeout(timer);
}

/** Lets the commands of this machine find the server. Written whole or not at all. */
async function announce(dataDirectory: string, server: { url: string; pid: number; token: string }): Promise<void> {
  const file = join(dataDirectory, "server.json");
  // A file that is there would keep its mode.
  await rm(`${file}.new`, { force: true });
  await writeFile(`${file}.new`, JSON.stringify(server), { mode: 0o600, flag: "wx" });
  await rename(`${file}.new`, file);
}
