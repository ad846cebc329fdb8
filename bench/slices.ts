/** The other end of `startContestant`: a process that is told to run for a while, and reports how much it did. */

export interface ToChild {
  readonly milliseconds: number;
}

/** The first message says what a child has to say before it runs; each later one what a slice has done. */
export interface FromChild {
  readonly done?: number;
  readonly seconds?: number;
  readonly port?: number;
  readonly keys?: readonly string[];
  readonly bytesPerKey?: number;
}

/** What the parent gave to this process. */
export function givenOptions<Options>(): Options {
  return JSON.parse(process.argv[2] ?? "null") as Options;
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

/** Runs slices on request from now on. `run` works for so long, and returns how many times it did its work. */
export function serveSlices(run: (milliseconds: number) => Promise<number>, ready: FromChild = {}, seconds = wallSeconds): void {
  process.on("message", async ({ milliseconds }: ToChild) => {
    const began = seconds();
    const done = await run(milliseconds);
    say({ done, seconds: seconds() - began });
  });
  process.on("disconnect", () => process.exit());
  say(ready);
}
