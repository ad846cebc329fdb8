/** The other end of `startContestant`: a process that is told to run for a while, and reports how much it did. */
import { readFileSync } from "node:fs";

export interface ToChild {
  readonly milliseconds: number;
  /** For a load: requests that are due each second, at random moments, whether or not earlier ones have their response. */
  readonly perSecond?: number;
}

/** How long requests took, from the moment at which each was due. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

/** The first message says what a child has to say before it runs; each later one what a slice has done. */
export interface FromChild {
  readonly done?: number;
  readonly seconds?: number;
  readonly port?: number;
  readonly keys?: readonly string[];
  readonly bytesPerKey?: number;
  /** In milliseconds. */
  readonly latency?: Latency;
}

/** What the parent gave to this process: JSON, or the name of a file with it. */
export function givenOptions<Options>(): Options {
  const [, , given = "null"] = process.argv;
  return JSON.parse(given.startsWith("/") ? readFileSync(given, "utf8") : given) as Options;
}

export function say(message: FromChild): void {
  process.send?.(message);
}

/** Seconds that have passed. */
const wallSeconds = (): number => performance.now() / 1_000;

/**
 * Seconds of CPU that all threads of this process have used. On a machine of its own, a busy loop's are those that pass, a little
 * more where collecting garbage takes other threads; on a shared one, what other people's processes took away is not in them.
 */
export function ownCpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000_000;
}

/** What a slice did: how many times, or that and more. */
export type Done = Pick<FromChild, "done" | "latency">;

/** Runs slices on request from now on. `run` works for so long, and returns what it did. */
export function serveSlices(
  run: (milliseconds: number, perSecond: number | undefined) => Promise<number | Done>,
  ready: FromChild = {},
  seconds = wallSeconds,
): void {
  process.on("message", async ({ milliseconds, perSecond }: ToChild) => {
    const began = seconds();
    const did = await run(milliseconds, perSecond);
    say({ ...(typeof did === "number" ? { done: did } : did), seconds: seconds() - began });
  });
  process.on("disconnect", () => process.exit());
  say(ready);
}
