/** The composition root: opens what the configuration names, and closes everything in reverse order. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import pino, { type Logger } from "pino";
import { FailedAttempts } from "./admission/failed-attempts.ts";
import { type Config, type ConfigOptions, type Env, type ListenAt, readConfig } from "./config.ts";
import { httpApp } from "./http/app.ts";
import { openDashboard } from "./http/dashboard/assets.ts";
import { gateway } from "./http/gateway/gateway.ts";
import { nodeSurfaces } from "./http/listener.ts";
import { readManual } from "./http/manual/manual.ts";
import { metricsListener } from "./http/metrics.ts";
import { nodeServer } from "./http/node-server.ts";
import { SignInAttempts } from "./http/sign-in/attempts.ts";
import { openIdentity } from "./identity/index.ts";
import { pathPrefix } from "./identity/paths.ts";
import { loadPlatform } from "./platforms/load.ts";
import { withSecretFiles } from "./secret-files.ts";
import { startBackground } from "./service/background.ts";
import { composeService } from "./service/compose.ts";
import type { Keyward, MonotonicClock } from "./service/index.ts";
import { fingerprint } from "./service/secrets.ts";
import type { OpenStore } from "./stores/open-store.ts";
import { narrowToOwner } from "./stores/sqlite/private-file.ts";

interface ServeOptions extends Omit<ConfigOptions, "platform"> {
  /** The name of a platform, or a file that exports one. */
  readonly platform: string;
}

interface Serving {
  readonly url: string;
  /** Lets requests under way end, writes what is in memory, and closes everything in the reverse order of opening. */
  stop(): Promise<void>;
}

/** The documentation: in the checkout it is where it is written, in the package beside the compiled files. */
const MANUAL = join(import.meta.dirname, import.meta.filename.endsWith(".ts") ? "." : "manual");
/** Takes the lines of the log, and the link for the operator of a server that nobody can sign in to yet. */
interface LogOutput {
  write(line: string): unknown;
}

const FIRST_KEY_NAME = "First key";
const DRAIN_MS = 10_000;

/** Logs to standard error unless told otherwise. @throws Error with one clear sentence when it cannot run safely. */
export async function serve(
  options: ServeOptions,
  env: Env = process.env,
  output: LogOutput = pino.destination({ fd: 2, sync: true }),
): Promise<Serving> {
  return openServer(readConfig(await withSecretFiles(env), { ...options, platform: await loadPlatform(options.platform) }), output);
}

async function openServer(config: Config, output: LogOutput): Promise<Serving> {
  await using opened = new AsyncDisposableStack();
  const { platform, trustedProxies } = config;
  const log = openLog(config, output);
  const dataDirectory = await makeDirectory(config.dataDirectory);
  const { store, guest, close } = await openStore(config, dataDirectory);
  opened.defer(close);
  const {
    keyward: service,
    secrets,
    work,
  } = await composeService({
    platform,
    store,
    secret: config.secret ?? (await ownSecret(dataDirectory)),
    environment: config.environment,
    monotonicClock: await machineClock(),
    usageRetention: config.usageRetention,
    ...(config.cachedKeys !== undefined && { cachedKeys: config.cachedKeys }),
  });
  opened.defer(() => service.close().catch((error) => log.error({ failure: String(error) }, "the last use could not be written")));
  const background = startBackground(work, (error) =>
    log.error({ failure: String(error) }, "use could not be written; it is kept in memory and tried again"),
  );
  opened.defer(() => background.stop());

  const operatorToken = `kwo_${randomBytes(32).toString("base64url")}`;
  let url = "";
  const identity = openIdentity({
    service,
    sessionSecret: secrets.sessionSecret,
    database: guest,
    baseUrl: () => config.baseUrl ?? url,
    providers: config.providers,
    password: config.password,
    platform: platform.identity,
    ...(platform.firstKeyAtSignIn && { onOrganizationMade: (organizationId, userId) => makeFirstKey(service, organizationId, userId) }),
    log,
  });
  const counting = { clock: service.monotonic, trustedProxies };
  const context = {
    service,
    platform,
    identity,
    managementKey: secrets.managementKey,
    operatorFingerprint: fingerprint(operatorToken),
    log,
    trustedProxies,
    preflights: config.preflights,
    attempts: new FailedAttempts({ perMinute: config.failedAttemptsPerMinute, ...counting }),
    signInAttempts: new SignInAttempts({ perMinute: config.signInAttemptsPerMinute, ...counting }),
    dashboard: config.dashboardDirectory == null ? config.dashboardDirectory : await openDashboard(config.dashboardDirectory),
    manual: () => readManual(MANUAL),
    hasMetricsListener: config.metrics !== undefined,
  };
  const { upstreams, upstreamTimeoutMs: timeoutMs } = config;
  const proxied = upstreams.length === 0 ? undefined : gateway(context, { upstreams, timeoutMs });
  if (proxied !== undefined) opened.defer(() => proxied.close());
  if (config.metrics !== undefined) {
    const metrics = nodeServer(context, metricsListener(context));
    await listen(metrics, config.metrics);
    opened.defer(() => drain(metrics));
  }
  const prefix = config.baseUrl === undefined ? "" : pathPrefix(config.baseUrl);
  const server = nodeServer(context, nodeSurfaces(context, httpApp(context), proxied), { prefix });
  url = await listen(server, config.listen);
  opened.defer(() => drain(server));
  // Nobody would end them otherwise: node:http does not know them any more.
  if (proxied !== undefined) opened.defer(() => proxied.endUpgraded());
  // A run that ends by itself removes its announcement.
  if (existsSync(join(dataDirectory, "server.json")))
    log.warn("the run before this one did not end by itself: usage of its last second may not have been counted");
  await announce(dataDirectory, { url, pid: process.pid, token: operatorToken });
  opened.defer(() => rm(join(dataDirectory, "server.json"), { force: true }));

  const isLockedOut = config.providers.length === 0 && config.password === undefined && platform.identity === undefined;
  if (isLockedOut && !(await service.people.hasUsers())) {
    output.write(
      `keyward: no way to sign in is configured yet; within 15 minutes this link signs you in as the operator, once: ${(await identity.operatorLink()).url}\n`,
    );
  }
  const running = opened.move();
  return { url, stop: () => running.disposeAsync() };
}

/** Loads the database that is used, and not the other one. */
async function openStore({ database }: Config, directory: string): Promise<OpenStore> {
  if (database === undefined) return (await import("./stores/sqlite/open.ts")).openSqlite({ directory });
  return (await import("./stores/postgres/open.ts")).openPostgres(database);
}

/** Logs lines of JSON. Fields that could contain a secret are redacted. */
function openLog({ logLevel }: Config, output: LogOutput): Logger {
  const secret = ["authorization", "key", "token", "secret", "*.authorization", "*.key", "*.token", "*.secret", "*.headers"];
  return pino({ name: "keyward", level: logLevel, redact: { paths: secret, censor: "[redacted]" } }, output);
}

/** Returns the absolute path. */
async function makeDirectory(path: string): Promise<string> {
  const directory = resolve(path);
  await mkdir(directory, { recursive: true, mode: 0o700 }).catch((cause: NodeJS.ErrnoException) => {
    const reason = cause.code === "EEXIST" || cause.code === "ENOTDIR" ? "a file is in the way" : cause.message;
    throw new Error(`the data directory ${directory} cannot be made: ${reason}`, { cause });
  });
  return directory;
}

/** The master secret for development. It is created on the first start and kept in the data directory. */
async function ownSecret(dataDirectory: string): Promise<string> {
  const file = join(dataDirectory, "secret");
  if (narrowToOwner(file)) return (await readFile(file, "utf8")).trim();
  const made = randomBytes(32).toString("base64url");
  await writeFile(file, `${made}\n`, { mode: 0o600, flag: "wx", flush: true });
  return made;
}

/**
 * A clock that counts from the start of the machine. The next process reads the same clock, so counters survive a restart exactly, whatever
 * the wall clock did meanwhile. Undefined where one start of the machine cannot be told from another: only Linux can.
 */
async function machineClock(): Promise<MonotonicClock | undefined> {
  const bootId = await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => undefined);
  if (bootId === undefined) return undefined;
  // `performance.now()` is the same clock, counted from the start of the process, and cheaper to read; the global itself is a getter.
  const own = performance;
  const beforeProcessMs = Number(process.hrtime.bigint()) / 1e6 - own.now();
  return { id: bootId.trim(), now: () => beforeProcessMs + own.now() };
}

/** Creates a first key. @throws Error if that fails: the person is signed in all the same, and can create one. */
async function makeFirstKey({ keys }: Keyward, organizationId: string, userId: string): Promise<void> {
  const made = await keys.create(organizationId, { name: FIRST_KEY_NAME }, userId);
  if (!made.ok) throw new Error(made.problem.detail);
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

/** Stops listening, and gives requests under way ten seconds to end. */
async function drain(server: Server): Promise<void> {
  const closed = new Promise((done) => server.close(done));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
  await closed;
  clearTimeout(timer);
}

/** Writes server.json in one step. The commands on this machine find the server by it. */
async function announce(dataDirectory: string, server: { url: string; pid: number; token: string }): Promise<void> {
  const file = join(dataDirectory, "server.json");
  // A file that exists would keep its mode.
  await rm(`${file}.new`, { force: true });
  await writeFile(`${file}.new`, JSON.stringify(server), { mode: 0o600, flag: "wx" });
  await rename(`${file}.new`, file);
}
