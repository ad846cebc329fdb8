/**
 * What must be so before a Keyward carries production, as a table: each row is a check that `keyward doctor` makes and a line of the checklist
 * in docs/guide/operate.md. Pure: facts in, findings out.
 */
import type { Facts } from "./diagnosis-facts.ts";
import { DAY_MS, MINUTE_MS, SECOND_MS } from "./duration.ts";

/** `warning`: it works, and something is worth a look. `problem`: something is lost or open to others, or will be soon. */
export type Level = "ok" | "warning" | "problem";

interface Finding {
  readonly level: Level;
  /** What there is, without secrets. */
  readonly found: string;
  /** What to do about it. Undefined when there is nothing to do. */
  readonly advice?: string | undefined;
}

interface Check {
  /** Scripts rely on it. */
  readonly name: string;
  /** What should be so. */
  readonly title: string;
  /** Undefined: it does not concern this Keyward. */
  judge(facts: Facts): Finding | undefined;
}

const ok = (found: string): Finding => ({ level: "ok", found });
const warning = (found: string, advice: string): Finding => ({ level: "warning", found, advice });
const problem = (found: string, advice: string): Finding => ({ level: "problem", found, advice });

const OLDEST_NODE = 24;
const OF_OTHERS = 0o077;
const FEW_FILES = 4_096;
const OLD_BACKUP_MS = 2 * DAY_MS;
const CLOCK_SLACK_MS = MINUTE_MS;
const DATABASE_CLOCK_SLACK_MS = 2 * SECOND_MS;
const GIGABYTE = 1_000_000_000;
const LITTLE_DISK_BYTES = 200_000_000;
const LAG = 1_000;
/** Beside those for requests, a process opens two now and then. */
const MORE_CONNECTIONS = 2;

/** The check that concerns a server with PostgreSQL alone. */
export const POSTGRESQL = "postgresql";

/** In the order of the checklist. */
export const CHECKS: readonly Check[] = [
  {
    name: "node",
    title: `Node.js is version ${OLDEST_NODE} or newer`,
    judge: ({ node }) =>
      Number.parseInt(node, 10) >= OLDEST_NODE
        ? ok(node)
        : problem(node, `install Node.js ${OLDEST_NODE} or newer and start Keyward again`),
  },
  {
    name: "production",
    title: "`NODE_ENV` is `production`, so that Keyward refuses settings that are only fit for a trial",
    judge: ({ isProduction }) =>
      isProduction ? ok("NODE_ENV=production") : warning("NODE_ENV is not production", "set NODE_ENV=production and start Keyward again"),
  },
  {
    name: "secret",
    title: "The master secret is random, kept apart from the database, and readable for Keyward alone",
    judge({ secret: { from, isWeak, isOpenToOthers } }) {
      const found = `from the ${from === "environment" ? "environment" : from === "file" ? "file of KEYWARD_SECRET_FILE" : "data directory"}`;
      if (isWeak) return problem("it can be guessed", "replace it by one that `openssl rand -base64 32` makes; the guide says how");
      if (isOpenToOthers)
        return problem(`${found}, which every user of this machine can read`, "take the rights of others away: chmod o= FILE");
      if (from === "data directory")
        return warning(
          `${found}, beside the database`,
          "move it elsewhere and name it in KEYWARD_SECRET_FILE: who copies the directory has both",
        );
      return ok(found);
    },
  },
  {
    name: "previous-secret",
    title: "No key needs a master secret that is not given, and a secret that has been replaced is dropped",
    judge({ secret: { hasPrevious, onPrevious, unverifiable } }) {
      if (unverifiable > 0)
        return problem(`${unverifiable} keys and tokens need a secret that is not given, and are refused`, "see `keyward secrets status`");
      if (!hasPrevious) return ok("one secret");
      if (onPrevious > 0)
        return warning(`${onPrevious} keys and tokens still need KEYWARD_SECRET_PREVIOUS`, "see `keyward secrets status`");
      return warning("nothing needs KEYWARD_SECRET_PREVIOUS any more", "start Keyward without it");
    },
  },
  {
    name: "base-url",
    title: "`KEYWARD_BASE_URL` is the https URL that people use",
    judge({ baseUrl }) {
      if (baseUrl === undefined)
        return problem("it is not set", "set KEYWARD_BASE_URL to the URL that people use: links and cookies are made from it");
      if (!baseUrl.startsWith("https:")) return problem(baseUrl, "let a proxy terminate TLS, and make KEYWARD_BASE_URL an https URL");
      return ok(baseUrl);
    },
  },
  {
    name: "proxies",
    title: "The proxies in front are named in `KEYWARD_TRUSTED_PROXIES`, and nothing else reaches the listener",
    judge({ untrustedForwarders, hasTrustedProxies, listensOnLoopback }) {
      if (untrustedForwarders.length > 0)
        return problem(
          `X-Forwarded-For came from ${untrustedForwarders.join(", ")}, which is not trusted`,
          "name your proxies in KEYWARD_TRUSTED_PROXIES; if it is none of them, let only them reach the listener",
        );
      if (hasTrustedProxies) return ok("proxies are named");
      return listensOnLoopback
        ? warning("none is named", "name the proxy in KEYWARD_TRUSTED_PROXIES, or all clients count as one")
        : warning(
            "none is named, and the listener can be reached from elsewhere",
            "put a proxy in front, and name it in KEYWARD_TRUSTED_PROXIES",
          );
    },
  },
  {
    name: "metrics",
    title: "Metrics are for the operator alone",
    judge({ metricsHost, metricsOnLoopback }) {
      if (metricsHost === undefined) return ok("with a service token");
      if (metricsOnLoopback) return ok(`on ${metricsHost}, for programs of this machine`);
      return warning(
        `on ${metricsHost}, for everybody who reaches it`,
        "let only Prometheus reach that port: a firewall, a network policy",
      );
    },
  },
  {
    name: "sign-in",
    title: "Only the people you intend can sign in",
    judge({ passwordSignIn, providers, hasPlatformIdentity, hasUsers }) {
      const ways = [...(passwordSignIn === undefined ? [] : [`password (${passwordSignIn})`]), ...providers];
      if (passwordSignIn === "open")
        return warning(
          `by ${ways.join(", ")}: everybody can make an account`,
          "set KEYWARD_PASSWORD_SIGN_IN=invited, unless that is what you want",
        );
      if (providers.some((name) => name === "GitHub" || name === "Google"))
        return warning(
          `by ${ways.join(", ")}: everybody with an account there gets one here`,
          "use OIDC_ISSUER of your own company, unless that is what you want",
        );
      if (ways.length > 0) return ok(`by ${ways.join(", ")}`);
      if (hasPlatformIdentity) return ok("with the JWTs of the platform");
      return hasUsers
        ? warning("nobody but the operator", "configure a way to sign in: docs/sign-in.md")
        : warning(
            "nobody but the operator, whose link is in the log of the first start",
            "use the link, which ends after 15 minutes, or configure a way to sign in",
          );
    },
  },
  {
    name: "data-directory",
    title: "Only Keyward's user can read the data directory",
    // With PostgreSQL it has server.json alone, which no others can read.
    judge: ({ dataDirectory, dataDirectoryMode, database }) =>
      database.postgres !== undefined
        ? undefined
        : (dataDirectoryMode & OF_OTHERS) === 0
          ? ok(dataDirectory)
          : warning(`${dataDirectory} has mode ${dataDirectoryMode.toString(8).padStart(4, "0")}`, `chmod 0700 ${dataDirectory}`),
  },
  {
    name: "disk",
    title: "A tenth of the disk is free",
    judge({ disk: { freeBytes, totalBytes } }) {
      const found = `${(freeBytes / GIGABYTE).toFixed(1)} of ${(totalBytes / GIGABYTE).toFixed(1)} GB are free`;
      const advice = "make room: changes are refused with 503 when the disk is full";
      if (freeBytes < LITTLE_DISK_BYTES) return problem(found, advice);
      return freeBytes < totalBytes / 10 ? warning(found, advice) : ok(found);
    },
  },
  {
    name: "backup",
    title: "The last backup is younger than two days",
    judge({ lastBackupAt, now }) {
      if (lastBackupAt === undefined) return undefined;
      const advice = "run `keyward backup FILE` regularly, and keep the file elsewhere";
      if (lastBackupAt === null) return problem("none was made from this directory", advice);
      const found = `made ${new Date(lastBackupAt).toISOString()}`;
      return now - lastBackupAt > OLD_BACKUP_MS ? problem(found, advice) : ok(found);
    },
  },
  {
    name: "clock",
    title: "The clock is right",
    judge({ now, database: { newestEntryAt, postgres } }) {
      const advice = "let NTP set the clocks: keys expire by them";
      if (newestEntryAt !== null && newestEntryAt - now > CLOCK_SLACK_MS)
        return problem(`the audit log has an entry of ${new Date(newestEntryAt).toISOString()}, which is still to come`, advice);
      const apartMs = Math.round(Math.abs((postgres?.now ?? now) - now));
      return apartMs > DATABASE_CLOCK_SLACK_MS
        ? warning(`${apartMs} ms apart from the clock of the database`, advice)
        : ok(new Date(now).toISOString());
    },
  },
  {
    name: "migrations",
    title: "No newer version has migrated the database",
    judge: ({ database: { unknownMigrations } }) =>
      unknownMigrations.length === 0
        ? ok("all migrations are known")
        : warning(`a newer version has added ${unknownMigrations.join(", ")}`, "upgrade this node too: it could not be started again"),
  },
  {
    name: "open-files",
    title: `At least ${FEW_FILES.toLocaleString("en")} files and connections can be open`,
    judge({ openFilesLimit }) {
      if (openFilesLimit === undefined) return undefined;
      const found = openFilesLimit.toLocaleString("en");
      return openFilesLimit < FEW_FILES ? warning(found, "raise the limit: LimitNOFILE= of systemd, or ulimit -n") : ok(found);
    },
  },
  {
    name: POSTGRESQL,
    title: "PostgreSQL commits durably, and a failover loses nothing",
    judge({ database: { postgres } }) {
      if (postgres === undefined) return undefined;
      const { version, synchronousCommit, standbys, synchronousStandbys } = postgres;
      const found = `PostgreSQL ${version}, synchronous_commit ${synchronousCommit}`;
      if (synchronousCommit === "off" || synchronousCommit === "local")
        return problem(found, "set synchronous_commit to on: changes that were acknowledged can be lost");
      if (standbys > 0 && synchronousStandbys === "")
        return warning(
          `${found}, ${standbys} standbys, none of them synchronous`,
          "name one in synchronous_standby_names, or a failover can lose revocations",
        );
      return ok(found);
    },
  },
  {
    name: "connections",
    title: "PostgreSQL has connections for every node, and some to spare",
    judge({ database: { postgres }, standing }) {
      if (postgres === undefined || standing === undefined) return undefined;
      const needed = (standing.nodes + 1) * (standing.connectionsEach + MORE_CONNECTIONS);
      const found = `${needed} for ${standing.nodes} nodes and one more during an upgrade, of ${postgres.maxConnections}`;
      return needed > postgres.maxConnections ? warning(found, "raise max_connections, or lower KEYWARD_DATABASE_CONNECTIONS") : ok(found);
    },
  },
  {
    name: "lease",
    title: "The node answers from memory and is up to date",
    judge({ standing }) {
      if (standing === undefined) return undefined;
      const { leaseMs, lag, nodes } = standing;
      if (leaseMs === 0)
        return problem(
          "it has no lease, and asks the database for each request",
          "look for the reason in the log: the database, its network, the load of this machine",
        );
      const found = `one of ${nodes} nodes, ${lag} changes behind`;
      return lag > LAG ? warning(found, "look at the load of this machine and of the database") : ok(found);
    },
  },
];

/** Made by the command, which reads the file, where that is on its machine. */
export const INTEGRITY = { name: "integrity", title: "The embedded database is whole" } as const;

/** All that is checked, in the order of the guide. */
export const CHECKLIST: readonly Pick<Check, "name" | "title">[] = [...CHECKS, INTEGRITY];

interface Diagnosed extends Finding {
  readonly check: string;
  readonly title: string;
}

/** What concerns this Keyward, in the order of the checklist. */
export function diagnose(facts: Facts): readonly Diagnosed[] {
  return CHECKS.flatMap(({ name, title, judge }) => {
    const finding = judge(facts);
    return finding === undefined ? [] : [{ check: name, title, ...finding }];
  });
}
