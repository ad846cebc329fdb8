/** What a running server knows of itself and of the machine, for the operator's diagnosis. Read when somebody asks; nothing is kept. */
import { readFile, stat, statfs } from "node:fs/promises";
import { BlockList, isIP } from "node:net";
import { join } from "node:path";
import type { Config } from "../config.ts";
import type { Env } from "../config-values.ts";
import { type DatabaseFacts, type Facts, LAST_BACKUP_FILE } from "../engine/diagnosis-facts.ts";
import { isWeakSecret } from "../engine/secret-strength.ts";
import type { Keyward } from "../service/index.ts";

interface Surroundings {
  readonly config: Config;
  readonly env: Env;
  /** The master secret, wherever it came from. */
  readonly secret: string;
  /** An absolute path. */
  readonly dataDirectory: string;
  readonly service: Keyward;
  readonly inspect: () => Promise<DatabaseFacts>;
  /** The most that this process opens to the database for requests. Undefined for the embedded one. */
  readonly connections: number | undefined;
  /** Peers that sent `X-Forwarded-For` and are not trusted. */
  readonly untrustedForwarders: () => readonly string[];
  readonly clock: () => number;
}

/** Its group may read the file: a supervisor hands it over like that. */
const READABLE_BY_ALL = 0o007;

/** @throws StoreUnavailable */
export async function lookAround(around: Surroundings): Promise<Facts> {
  const { config, env, dataDirectory, service, clock } = around;
  const { listen, metrics, baseUrl, providers, password, platform, trustedProxies } = config;
  const [directory, disk] = await Promise.all([stat(dataDirectory), statfs(dataDirectory)]);
  const database = await around.inspect();
  return {
    now: clock(),
    node: process.versions.node,
    isProduction: env.NODE_ENV === "production",
    secret: await secretFacts(around),
    baseUrl,
    listensOnLoopback: isLoopback(listen.host),
    hasTrustedProxies: trustedProxies.rules.length > 0,
    untrustedForwarders: around.untrustedForwarders(),
    metricsHost: metrics?.host,
    metricsOnLoopback: metrics !== undefined && isLoopback(metrics.host),
    passwordSignIn: password,
    providers: providers.map(({ name }) => name),
    hasPlatformIdentity: platform.identity !== undefined,
    hasUsers: await service.people.hasUsers(),
    dataDirectory,
    dataDirectoryMode: directory.mode & 0o777,
    disk: { freeBytes: disk.bavail * disk.bsize, totalBytes: disk.blocks * disk.bsize },
    openFilesLimit: await openFilesLimit(),
    database,
    lastBackupAt: config.database === undefined ? await lastBackupAt(dataDirectory) : undefined,
    standing: await standing(around),
  };
}

async function secretFacts({ config, env, secret, service }: Surroundings): Promise<Facts["secret"]> {
  const { hasPrevious, onPrevious, unverifiable } = await service.masterSecret.status();
  const file = env.KEYWARD_SECRET_FILE;
  const count = ({ keys, serviceTokens, invitations, sealedKeys }: typeof onPrevious) => keys + serviceTokens + invitations + sealedKeys;
  return {
    from: file ? "file" : config.secret === undefined ? "data directory" : "environment",
    isWeak: isWeakSecret(secret),
    isOpenToOthers: file ? await isOpenToOthers(file) : false,
    hasPrevious,
    onPrevious: count(onPrevious),
    unverifiable: unverifiable.keys + unverifiable.serviceTokens,
  };
}

/** The file may be gone: it was read at the start. */
const isOpenToOthers = (file: string): Promise<boolean> =>
  stat(file).then(
    ({ mode }) => (mode & READABLE_BY_ALL) !== 0,
    () => false,
  );

async function standing({ connections, service }: Surroundings): Promise<Facts["standing"]> {
  const { node } = service.statistics();
  if (node === undefined || connections === undefined) return undefined;
  const nodes = (await service.listNodes()).length;
  return { leaseMs: node.leaseMs, lag: node.lag, nodes, connectionsEach: connections };
}

/** Linux says it. */
async function openFilesLimit(): Promise<number | undefined> {
  const limits = await readFile("/proc/self/limits", "utf8").catch(() => "");
  const [, soft] = /^Max open files +(\S+)/m.exec(limits) ?? [];
  return soft === undefined ? undefined : soft === "unlimited" ? Number.MAX_SAFE_INTEGER : Number(soft);
}

async function lastBackupAt(dataDirectory: string): Promise<number | null> {
  const text = await readFile(join(dataDirectory, LAST_BACKUP_FILE), "utf8").catch(() => "{}");
  try {
    const { madeAt } = JSON.parse(text);
    return typeof madeAt === "number" ? madeAt : null;
  } catch {
    return null;
  }
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8);
LOOPBACK.addAddress("::1", "ipv6");

function isLoopback(host: string): boolean {
  return host === "localhost" || (isIP(host) !== 0 && LOOPBACK.check(host, isIP(host) === 6 ? "ipv6" : "ipv4"));
}
