/** The composition root: opens what the configuration names, and closes everything in reverse order. */
import { randomBytes } from "node:crypto";
import { readFile, statfs } from "node:fs/promises";
import { availableParallelism, hostname } from "node:os";
import { join } from "node:path";
import type { Logger } from "pino";
import { FailedAttempts } from "./admission/failed-attempts.ts";
import { RequestIds } from "./admission/request-id.ts";
import { UntrustedForwarders } from "./admission/untrusted-forwarders.ts";
import { type Config, readConfig } from "./config.ts";
import type { Env } from "./config-values.ts";
import { announce, makeDataDirectory, ownSecret, wasInterrupted, withdraw } from "./data-directory.ts";
import { lookAround } from "./diagnosis/look.ts";
import { OPERATOR_TOKEN_PREFIX } from "./http/access.ts";
import type { HttpContext } from "./http/context.ts";
import { openDashboard } from "./http/dashboard/assets.ts";
import { drain, STRAGGLERS_MS, stopListening } from "./http/drain.ts";
import { readManual } from "./http/manual/manual.ts";
import { currentRequestId } from "./http/request-scope.ts";
import { SignInAttempts } from "./http/sign-in/attempts.ts";
import { openIdentity } from "./identity/index.ts";
import { openListeners } from "./listeners.ts";
import { offerOperatorToken } from "./operator-token.ts";
import { loadPlatform } from "./platforms/load.ts";
import { withSecretFiles } from "./secret-files.ts";
import { startBackground } from "./service/background.ts";
import { nodeLog } from "./service/changes/node-log.ts";
import { realTimers } from "./service/changes/timers.ts";
import { composeService } from "./service/compose.ts";
import type { Keyward } from "./service/index.ts";
import { fingerprint } from "./service/secrets.ts";
import { observeStore, STORE_OPERATIONS } from "./stores/observed.ts";
import type { OpenStore } from "./stores/open-store.ts";
import { watchEventLoop } from "./telemetry/event-loop.ts";
import { Meter } from "./telemetry/meter.ts";
import { observingStore } from "./telemetry/observing-store.ts";
import { WatchedClock } from "./telemetry/watched-clock.ts";
import { canShareAPort } from "./threads/listening.ts";
import { type LogOutput, openLog, STANDARD_ERROR } from "./threads/log.ts";
import { machineClock, machineClockId } from "./threads/machine-clock.ts";
import { openTracing } from "./threads/open-tracing.ts";
import type { CommonData, ServeOptions } from "./threads/thread-data.ts";

interface Serving {
  readonly url: string;
  /**
   * Lets requests under way end, writes what is in memory, and closes everything in the reverse order of opening. For `stragglersMs`, half a
   * second unless told otherwise, it serves what arrives on open connections. Closing takes ten seconds at most; then the process should end.
   */
  stop(stragglersMs?: number): Promise<void>;
}

/** The documentation: in the checkout it is where it is written, in the package beside the compiled files. */
const MANUAL = join(import.meta.dirname, import.meta.filename.endsWith(".ts") ? "." : "manual");
const FIRST_KEY_NAME = "First key";
/** How long a database that does not respond holds the end up, once nobody is served any more. A supervisor waits for 30 seconds in all. */
const CLOSING_MS = 10_000;

/** Logs to standard error unless told otherwise. @throws Error with one clear sentence when it cannot run safely. */
export async function serve(options: ServeOptions, env: Env = process.env, output?: LogOutput): Promise<Serving> {
  const complete = { ...(await withSecretFiles(env)) };
  const config = readConfig(complete, { ...options, platform: await loadPlatform(options.platform) });
  return openServer(config, { options, env: complete }, output);
}

/** @param given what the configuration was read from: other threads read it again */
async function openServer(
  config: Config,
  given: Pick<CommonData, "options" | "env">,
  output: LogOutput = STANDARD_ERROR,
): Promise<Serving> {
  await using opened = new AsyncDisposableStack();
  const { platform, trustedProxies } = config;
  const log = openLog(config, output);
  const dataDirectory = await makeDataDirectory(config.dataDirectory);
  const secret = config.secret ?? (await ownSecret(dataDirectory));
  const threads = await threadsOf(config, log);
  // Where the machine's clock has no name, that of its threads is as good as any.
  const clockId = (await machineClockId()) ?? randomBytes(16).toString("base64url");
  const { version } = JSON.parse(await readFile(join(import.meta.dirname, "package.json"), "utf8"));
  const tracing = await openTracing(config, log, version);
  // The last of all: what was served until then is sent.
  if (tracing !== undefined) opened.defer(() => tracing.close());
  const meter = new Meter(new WatchedClock(machineClock(clockId)), STORE_OPERATIONS);
  opened.defer(watchEventLoop(meter.loopDelays, meter.clock.now));
  const database = await openStore(config, dataDirectory);
  opened.defer(() => database.close());
  tellOfMigrations(database, log);
  const { store, nodes, bank, guest, journal } = observeStore(database, observingStore(meter, tracing));
  const others = threads === 1 ? undefined : await openPool(log);
  let url = "";
  const {
    keyward: service,
    secrets,
    work,
    desk,
  } = await composeService(
    {
      platform,
      store,
      journal,
      nodes,
      bank,
      aboutNode: () => ({ host: hostname(), pid: process.pid, url, version }),
      onNodeEvent: nodeLog(log),
      secret,
      previousSecret: config.previousSecret,
      environment: config.environment,
      monotonicClock: meter.clock,
      usageRetention: config.usageRetention,
      requestId: currentRequestId,
      ...(config.cachedKeys !== undefined && { cachedKeys: config.cachedKeys }),
    },
    others && { others, counters: others.counters, lease: others.lease, onDead: others.onDead },
  );
  opened.defer(() => service.close().catch((error) => log.error({ failure: String(error) }, "the last use could not be written")));
  await tellOfSecrets(service, log);
  const background = startBackground(work, (error) =>
    log.error({ failure: String(error) }, "usage or refusals could not be written; they are kept in memory and tried again"),
  );
  opened.defer(() => background.stop());

  const operatorToken = `${OPERATOR_TOKEN_PREFIX}${randomBytes(32).toString("base64url")}`;
  const identity = openIdentity({
    service,
    sessionSecret: secrets.sessionSecret,
    previousSessionSecret: secrets.previousSessionSecret,
    database: guest,
    baseUrl: () => config.baseUrl ?? url,
    providers: config.providers,
    password: config.password,
    platform: platform.identity,
    ...(platform.firstKeyAtSignIn && { onOrganizationMade: (organizationId, userId) => makeFirstKey(service, organizationId, userId) }),
    log,
  });
  const { countTogether, attemptsTogether } = service;
  const untrustedForwarders = new UntrustedForwarders(trustedProxies);
  const counting = { clock: service.monotonic, trustedProxies, countTogether };
  const attempts = new FailedAttempts({ perMinute: config.failedAttemptsPerMinute, ...counting });
  const context: HttpContext = {
    service,
    platform,
    identity,
    managementKey: secrets.managementKey,
    operatorFingerprint: fingerprint(operatorToken),
    log,
    trustedProxies,
    preflights: config.preflights,
    requestIds: new RequestIds({ trustedProxies, service }),
    attempts,
    signInAttempts: new SignInAttempts({ perMinute: config.signInAttemptsPerMinute, attemptsTogether, ...counting }),
    dashboard: config.dashboardDirectory == null ? config.dashboardDirectory : await openDashboard(config.dashboardDirectory),
    manual: () => readManual(MANUAL),
    untrustedForwarders,
    lookAround: () =>
      lookAround({
        config,
        env: given.env,
        secret,
        dataDirectory,
        service,
        inspect: async () => (await import("./stores/sql/inspect.ts")).inspectDatabase(database),
        connections: database.connections,
        untrustedForwarders: () => untrustedForwarders.addresses,
        clock: Date.now,
      }),
    hasMetricsListener: config.metrics !== undefined,
    meter,
    tracing,
    about: {
      version,
      database: config.database === undefined ? "sqlite" : "postgres",
      freeBytes: async () => {
        const { bavail, bsize } = await statfs(dataDirectory);
        return bavail * bsize;
      },
    },
    reports: async () => [{ statistics: service.statistics(), measured: meter.take() }, ...((await others?.reports()) ?? [])],
  };
  if (others !== undefined) opened.defer(() => others.close());
  await offerOperatorToken(opened, { nodes, people: service.people, token: operatorToken, log });
  await using serving = new AsyncDisposableStack();
  const stopping = { stragglersMs: STRAGGLERS_MS };
  await openListeners(serving, config, context, {
    async drain(server) {
      void stopListening(server);
      await others?.stopListening();
      await Promise.all([drain(server, stopping.stragglersMs), others?.drain(stopping.stragglersMs)]);
    },
    async onListening(listening, server) {
      url = listening.url;
      await others?.start(threads - 1, {
        data: {
          ...given,
          ...listening,
          secret,
          clockId,
          version,
          operatorFingerprint: context.operatorFingerprint,
          journalDirectory: journal && dataDirectory,
        },
        database,
        desk,
        methods: { refuse: async (address, refusal) => attempts.refuseAddress(address, refusal) },
        server,
      });
    },
    isFirstOfSeveral: others !== undefined,
  });
  if (wasInterrupted(dataDirectory))
    log.warn("the run before this one did not end by itself: usage of its last second may not have been counted");
  await announce(dataDirectory, { url, pid: process.pid, token: operatorToken });
  serving.defer(() => withdraw(dataDirectory));

  const isLockedOut = config.providers.length === 0 && config.password === undefined && platform.identity === undefined;
  if (isLockedOut && !(await service.people.hasUsers())) {
    output.write(
      `keyward: no way to sign in is configured yet; within 15 minutes this link signs you in as the operator, once: ${(await identity.operatorLink()).url}\n`,
    );
  }
  const [outside, inside] = [serving.move(), opened.move()];
  return {
    url,
    async stop(stragglersMs = STRAGGLERS_MS) {
      stopping.stragglersMs = stragglersMs;
      try {
        await outside.disposeAsync();
      } finally {
        await closeInTime(inside, log);
      }
    },
  };
}

/** Once nobody is served any more. */
async function closeInTime(opened: AsyncDisposableStack, log: Logger): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<true>();
  const cancel = realTimers.after(CLOSING_MS, () => resolve(true));
  try {
    const isLate = await Promise.race([opened.disposeAsync(), late]);
    if (isLate === true) log.error("the database does not respond: what was in memory may not have been written");
  } finally {
    cancel();
  }
}

/** Loads the database that is used, and not the other one. */
async function openStore({ database }: Config, directory: string): Promise<OpenStore> {
  if (database === undefined) return (await import("./stores/sqlite/open.ts")).openSqlite({ directory });
  return (await import("./stores/postgres/open.ts")).openPostgres(database);
}

/** How many threads serve: as configured, or one for each core of the machine but one. */
async function threadsOf({ threads }: Config, log: Logger): Promise<number> {
  const wanted = threads ?? Math.max(1, availableParallelism() - 1);
  if (wanted === 1 || (await canShareAPort())) return wanted;
  if (threads !== undefined) log.warn("one thread serves: on this system threads cannot listen on one port together");
  return 1;
}

async function openPool(log: Logger) {
  const { ThreadPool } = await import("./threads/pool.ts");
  return new ThreadPool((cause) => {
    log.fatal({ failure: String(cause) }, "a thread has died, and with it the process: what its threads share may be incomplete");
    process.exit(1);
  });
}

function tellOfMigrations({ migrated }: OpenStore, log: Logger): void {
  if (migrated.length > 0) log.info({ migrations: migrated }, "the database has been migrated; older versions do not start on it any more");
}

/** Keys that cannot be verified look like unknown ones to everybody else. */
async function tellOfSecrets({ masterSecret }: Keyward, log: Logger): Promise<void> {
  const { hasPrevious, onPrevious, unverifiable } = await masterSecret.status();
  const { firstKeys: _named, ...refused } = unverifiable;
  if (refused.keys + refused.serviceTokens > 0)
    log.warn(refused, "these were made under a master secret that is not given, and are refused; see `keyward secrets status`");
  if (!hasPrevious) return;
  const { firstKeys: _also, ...left } = onPrevious;
  log.info(left, "these still need KEYWARD_SECRET_PREVIOUS; each use moves a key to the current secret");
}

/** Creates a first key. @throws Error if that fails: the person is signed in all the same, and can create one. */
async function makeFirstKey({ keys }: Keyward, organizationId: string, userId: string): Promise<void> {
  const made = await keys.create(organizationId, { name: FIRST_KEY_NAME }, userId);
  if (!made.ok) throw new Error(made.problem.detail);
}
