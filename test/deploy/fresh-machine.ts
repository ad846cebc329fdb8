/**
 * A machine on which nobody has installed anything: a root of Debian's packages (test/support/make-empty-root.sh), in a mount namespace of its own,
 * with the Node.js of this process and the npm of this machine. KEYWARD_EMPTY_ROOT names the root; without it the tests that need one are
 * skipped.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { text } from "node:stream/consumers";

/** Undefined: there is none. */
export const EMPTY_ROOT: string | undefined = process.env.KEYWARD_EMPTY_ROOT || undefined;

interface RunOptions {
  /** `user:group`, as numbers or names; root when absent. */
  readonly user?: string;
  /** Nothing but `writable` can be written to. */
  readonly isReadOnly?: boolean;
  /** Directories of the machine. */
  readonly writable?: readonly string[];
  readonly cwd?: string;
  /** All that the program gets. */
  readonly env?: Readonly<Record<string, string>>;
}

export class FreshMachine {
  /** Where its root is on this machine. */
  readonly root: string;

  constructor() {
    if (EMPTY_ROOT === undefined) throw new Error("KEYWARD_EMPTY_ROOT is not set");
    this.root = mkdtempSync(join(dirname(EMPTY_ROOT), `${basename(EMPTY_ROOT)}-copy-`));
    // Files are replaced and never written into, so the copy can share them.
    execFileSync("cp", ["-al", `${EMPTY_ROOT}/.`, this.root]);
    this.write("/usr/local/bin/npm", '#!/bin/sh\nexec node /usr/local/lib/npm/bin/npm-cli.js "$@"\n', 0o755);
    mkdirSync(join(this.root, "usr/local/lib/npm"), { recursive: true });
    for (const path of ["/usr/local/bin/node", "/etc/resolv.conf", "/etc/hosts"]) this.write(path, "", 0o644);
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  write(path: string, content: string | Buffer, mode = 0o644): void {
    const file = join(this.root, path);
    mkdirSync(dirname(file), { recursive: true });
    rmSync(file, { force: true });
    writeFileSync(file, content, { mode });
  }

  /** Starts a program, in place of the process that is returned: signals reach it. */
  spawn(
    command: readonly string[],
    { user = "0:0", isReadOnly = false, writable = [], cwd = "/", env = {} }: RunOptions = {},
  ): ChildProcess {
    const { root } = this;
    const mounts = [
      `mount --bind ${root} ${root}`,
      `mount -t proc proc ${root}/proc`,
      `mount --rbind /dev ${root}/dev`,
      ...[...borrowed()].map(([from, to]) => `mount --bind ${from} ${root}${to}`),
      ...writable.map((path) => `mount --bind ${root}${path} ${root}${path}`),
      ...(isReadOnly ? [`mount -t tmpfs tmpfs ${root}/tmp`, `mount -o remount,bind,ro ${root}`] : []),
    ];
    for (const [from, to] of borrowed()) {
      if (statSync(from).isDirectory()) mkdirSync(root + to, { recursive: true });
      else if (!existsSync(root + to)) this.write(to, "");
    }
    const variables = { PATH: PATH, HOME: "/root", ...ofNpm(), ...env };
    const assigned = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
    const script = `set -e\n${mounts.join("\n")}\nexec env -i "$@"`;
    const inside = ["chroot", `--userspec=${user}`, root, "env", "-C", cwd, ...command];
    return spawn("unshare", ["--mount", "sh", "-c", script, "sh", ...assigned, ...inside], { stdio: ["ignore", "pipe", "pipe"] });
  }

  /** Runs a program to its end. */
  async run(command: readonly string[], options: RunOptions = {}): Promise<{ exit: number | null; out: string; err: string }> {
    const child = this.spawn(command, options);
    const ended = new Promise<number | null>((done) => child.once("close", done));
    const [out, err] = await Promise.all([text(child.stdout as never), text(child.stderr as never)]);
    return { exit: await ended, out, err };
  }
}

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** What a machine has from its owner: Node.js and npm, where names are looked up, and where npm finds packages. */
function borrowed(): Map<string, string> {
  const npm = execFileSync("sh", ["-c", "command -v npm"], { encoding: "utf8", env: { ...process.env, PATH: machinePath() } }).trim();
  const found = new Map([
    [process.execPath, "/usr/local/bin/node"],
    [join(dirname(realpathSync(npm)), ".."), "/usr/local/lib/npm"],
    ["/etc/resolv.conf", "/etc/resolv.conf"],
    ["/etc/hosts", "/etc/hosts"],
  ]);
  const home = process.env.HOME ?? "/root";
  for (const path of [join(home, ".npmrc"), process.env.NODE_EXTRA_CA_CERTS])
    if (path !== undefined && existsSync(path)) found.set(path, path);
  const cache = process.env.npm_config_cache ?? join(home, ".npm");
  if (existsSync(cache)) found.set(cache, NPM_CACHE);
  return found;
}

/** What npm has downloaded on this machine, so that each fresh one does not download it again. Nothing there is installed. */
const NPM_CACHE = "/var/cache/npm";

const machinePath = () =>
  (process.env.PATH ?? "")
    .split(":")
    .filter((entry) => !entry.endsWith("node_modules/.bin"))
    .join(":");

/** How npm reaches its registry from here, and what it need not ask it for. */
function ofNpm(): Record<string, string> {
  const names = Object.keys(process.env).filter((name) =>
    /^npm_config_(?:registry|cafile|proxy|https_proxy|noproxy)$|^(?:https?|no)_proxy$|^NODE_EXTRA_CA_CERTS$/i.test(name),
  );
  const settings = Object.fromEntries(names.map((name) => [name, process.env[name] ?? ""]));
  return { ...settings, npm_config_cache: NPM_CACHE, npm_config_prefer_offline: "true" };
}
