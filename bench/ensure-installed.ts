/** Packages that no start of Keyward should wait for: a folder with a lock file of its own, installed by whoever needs it. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { delimiter, join, sep } from "node:path";

/**
 * Installs what the folder's lock file names, unless it is there. npm runs on the machine's own Node, as in bin/with-node. `flags` are
 * further options of `npm ci`.
 */
export async function ensureInstalled(folder: string, ...flags: readonly string[]): Promise<void> {
  const [lock, installed] = [join(folder, "package-lock.json"), join(folder, "node_modules/.keyward-lock")];
  const isInstalled = (): boolean => {
    try {
      return readFileSync(installed, "utf8") === readFileSync(lock, "utf8");
    } catch {
      return false;
    }
  };
  if (isInstalled()) return;
  process.stderr.write(` installing what ${lock} names …`);
  const path = (process.env.PATH ?? "").split(delimiter).filter((entry) => !entry.endsWith(`${sep}node_modules${sep}.bin`));
  const child = spawn("npm", ["ci", "--loglevel=error", "--no-audit", "--no-fund", "--prefer-offline", ...flags], {
    cwd: folder,
    env: { ...process.env, PATH: path.join(delimiter) },
    stdio: ["ignore", 2, 2],
  });
  const code = await new Promise((ended, failed) => child.once("exit", ended).once("error", failed));
  if (code !== 0) throw new Error(`npm could not install ${lock}; its reason stands above`);
  await copyFile(lock, installed);
}
