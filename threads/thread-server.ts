/** Opens what a thread serves, over the parts that it shares with the main thread. */
import type { MessagePort } from "node:worker_threads";
import { addressOf } from "../admission/client-address.ts";
import type { CountsFailures } from "../admission/failed-attempts.ts";
import { RequestIds } from "../admission/request-id.ts";
import { type Config, readConfig } from "../config.ts";
import { Application, addDirectRoute } from "../http/application.ts";
import type { HttpContext } from "../http/context.ts";
import { drain, stopListening } from "../http/drain.ts";
import { gateway } from "../http/gateway/gateway.ts";
import { surfacesOver } from "../http/listener.ts";
import { nodeServer } from "../http/node-server.ts";
import { SignInAttempts } from "../http/sign-in/attempts.ts";
import { directRoutes } from "../http/verify/routes.ts";
import { openIdentity } from "../identity/index.ts";
import { pathPrefix } from "../identity/paths.ts";
import { loadPlatform } from "../platforms/load.ts";
import { startBackground } from "../service/background.ts";
import { sumOf } from "../service/changes/node-report.ts";
import { type Composition, composeService } from "../service/compose.ts";
import type { Keyward } from "../service/index.ts";
import type { BankDesk } from "../service/limiting/shared/borrowing-limiter.ts";
import type { SharedLimiter } from "../service/limiting/shared/shared-limiter.ts";
import type { Store } from "../stores/contract.ts";
import { observeMethods, STORE_OPERATIONS } from "../stores/observed.ts";
import { openThreadJournal } from "../stores/sqlite/journal.ts";
import { behind } from "../stores/thread-door.ts";
import { watchEventLoop } from "../telemetry/event-loop.ts";
import { Meter } from "../telemetry/meter.ts";
import { observingStore } from "../telemetry/observing-store.ts";
import type { ThreadReport } from "../telemetry/thread-report.ts";
import { WatchedClock } from "../telemetry/watched-clock.ts";
import { openAccessLog } from "./access-log.ts";
import { ChangeFollower } from "./changes.ts";
import { handOver } from "./hand-over.ts";
import { listen } from "./listening.ts";
import { openLog, STANDARD_ERROR } from "./log.ts";
import { machineClock } from "./machine-clock.ts";
import { openTracing } from "./open-tracing.ts";
import type { MainMethods, ThreadData } from "./thread-data.ts";

interface OpenThread extends Pick<Composition, "verifier"> {
  /** Keeps a journal where the process has the database to itself. */
  readonly limiter: Partial<Pick<SharedLimiter, "turnJournal" | "discardJournal">>;
  readonly service: Keyward;
  /** For metrics. */
  report(): ThreadReport;
  /** Takes no further connections. */
  stopListening(): void;
  /** As `drain` of a server. */
  drain(stragglersMs: number): Promise<void>;
  /** Writes what is in memory. */
  close(): Promise<void>;
}

/** @throws Error with one sentence when it cannot listen */
export async function openThread(data: ThreadData): Promise<OpenThread> {
  const config = readConfig(data.env, { ...data.options, platform: await loadPlatform(data.options.platform) });
  const { trustedProxies } = config;
  const log = openLog(config, STANDARD_ERROR);
  const tracing = await openTracing(config, log, data.version);
  let follower: ChangeFollower | undefined;
  const meter = new Meter(new WatchedClock(machineClock(data.clockId)), STORE_OPERATIONS);
  const {
    keyward: own,
    secrets,
    work,
    verifier,
    limiter,
    applyChange,
  } = await composeService(
    {
      platform: config.platform,
      store: observeMethods(behind<Store>(data.store), observingStore(meter, tracing)),
      journal: data.journalDirectory === undefined ? undefined : openThreadJournal(data.journalDirectory, data.number),
      secret: data.secret,
      previousSecret: config.previousSecret,
      environment: config.environment,
      monotonicClock: meter.clock,
      ...(config.cachedKeys !== undefined && { cachedKeys: config.cachedKeys }),
    },
    // The main thread learns of the end of this one, and ends the process.
    {
      counters: data.counters,
      lease: data.lease,
      desk: data.desk && behind<BankDesk>(data.desk),
      others: undefined,
      isBehind: () => follower?.isBehind ?? true,
      onDead: () => process.exit(1),
    },
  );
  const following = new ChangeFollower(data.changes, applyChange);
  follower = following;
  const service = followingChanges(own, () => following.catchUp());
  const verifications = new Float64Array(data.verifications);
  const flush = (): Promise<void> => {
    verifications[data.number] = sumOf(verifier.outcomes);
    return work.flush();
  };
  const background = startBackground({ flush, prune: async () => undefined }, (error) =>
    log.error({ failure: String(error) }, "usage or refusals could not be written; they are kept in memory and tried again"),
  );
  const context: HttpContext = {
    service,
    platform: config.platform,
    identity: openIdentity({
      service,
      sessionSecret: secrets.sessionSecret,
      previousSessionSecret: secrets.previousSessionSecret,
      database: () => Promise.reject(new Error("people sign in in the main thread")),
      baseUrl: () => config.baseUrl ?? data.url,
      providers: config.providers,
      password: config.password,
      platform: config.platform.identity,
      log,
    }),
    managementKey: secrets.managementKey,
    operatorFingerprint: data.operatorFingerprint,
    log,
    meter,
    tracing,
    trustedProxies,
    preflights: config.preflights,
    requestIds: new RequestIds({ trustedProxies, service }),
    attempts: attemptsInMain(behind<MainMethods>(data.main), config),
    // Never asked: people sign in in the main thread.
    signInAttempts: new SignInAttempts({ perMinute: config.signInAttemptsPerMinute, clock: service.monotonic, trustedProxies }),
  };
  const { upstreams, upstreamTimeoutMs: timeoutMs } = config;
  const access = openAccessLog(config, context, meter);
  const proxied = upstreams.length === 0 ? undefined : gateway(context, { upstreams, timeoutMs, accessLog: access?.log });
  const prefix = config.baseUrl === undefined ? "" : pathPrefix(config.baseUrl);
  const server = nodeServer(context, surfacesOver(context, frequentRoutes(context, data.handOver), proxied), { prefix });
  await listen(server, { ...config.listen, host: data.address, port: data.port }, true);
  const stopWatching = watchEventLoop(meter.loopDelays, meter.clock.now);
  return {
    service,
    verifier,
    limiter: limiter as OpenThread["limiter"],
    report: () => ({ statistics: service.statistics(), measured: meter.take() }),
    stopListening: () => void stopListening(server),
    async drain(stragglersMs) {
      proxied?.endUpgraded();
      await drain(server, stragglersMs);
      proxied?.close();
    },
    async close() {
      background.stop();
      stopWatching();
      await access?.close();
      await tracing?.close();
      await service.close().catch((error) => log.error({ failure: String(error) }, "the last use could not be written"));
    },
  };
}

/** Takes the changes that were acknowledged before a request began, before the request is judged. */
function followingChanges(service: Keyward, catchUp: () => void): Keyward {
  const { serviceTokens } = service;
  return {
    ...service,
    verify(presented, ask, holds) {
      catchUp();
      return service.verify(presented, ask, holds);
    },
    watch(key, ask, onEnded) {
      catchUp();
      return service.watch(key, ask, onEnded);
    },
    mayGoOn(key, ask) {
      catchUp();
      return service.mayGoOn(key, ask);
    },
    serviceTokens: {
      ...serviceTokens,
      isInMemory(presented) {
        catchUp();
        return serviceTokens.isInMemory(presented);
      },
      isValid(presented) {
        catchUp();
        return serviceTokens.isValid(presented);
      },
    },
  };
}

/** One count for each address in the whole process: the main thread keeps it. */
function attemptsInMain(main: MainMethods, { trustedProxies }: Config): CountsFailures & HttpContext["attempts"] {
  return {
    refuse: (client, refusal) => main.refuse(addressOf(client, trustedProxies), refusal),
    answered: { refused: 0, limited: 0 },
    countedAlone: 0,
  };
}

function frequentRoutes(context: HttpContext, main: MessagePort): Parameters<typeof surfacesOver>[1] {
  const app = new Application();
  for (const route of directRoutes(context)) addDirectRoute(app, route);
  return { findDirect: (request) => app.findDirect(request), serveOthers: handOver(context, main) };
}
