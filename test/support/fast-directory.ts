/** Where tests write: in memory if there is enough of it, because each change that a server acknowledges waits for its disk. */
import { globSync, mkdtempSync, readFileSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const IN_MEMORY = "/dev/shm";
/** Several times what all tests leave behind. */
const ENOUGH_BYTES = 4 * 1024 ** 3;

/** Makes the directory of this run, and removes those of runs that were killed: what is in memory takes it from everybody. */
export function makeRunDirectory(): string {
  for (const directory of globSync(`${IN_MEMORY}/keyward-test-*`)) {
    const pid = Number(/keyward-test-(\d+)-/.exec(directory)?.[1]);
    if (!isAlive(pid)) rmSync(directory, { recursive: true, force: true });
  }
  return mkdtempSync(join(fastDirectory(), `keyward-test-${process.pid}-`));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Somebody else's.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** An existing directory: that of Linux in memory, or else that of the machine for temporary files. */
function fastDirectory(): string {
  try {
    const { bavail, bsize } = statfsSync(IN_MEMORY);
    const isEnough = Math.min(bavail * bsize, process.availableMemory()) >= ENOUGH_BYTES;
    return isEnough && runsPrograms(IN_MEMORY) ? IN_MEMORY : tmpdir();
  } catch {
    // Another system.
    return tmpdir();
  }
}

/** Some tests write programs and start them, which containers often forbid there. */
function runsPrograms(directory: string): boolean {
  const mount = readFileSync("/proc/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" "))
    .find(([, place]) => place === directory);
  return mount !== undefined && !mount[3]?.split(",").includes("noexec");
}
