/** The other end of `startContestant`: a process that is told to run for a while, and answers how much it did. */

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

/** Answers slices from now on. `run` does its work for so long and answers how many times it did it. */
export function serveSlices(run: (milliseconds: number) => Promise<number>, ready: FromChild = {}): void {
  process.on("message", async ({ milliseconds }: ToChild) => {
    const began = performance.now();
    const done = await run(milliseconds);
    say({ done, seconds: (performance.now() - began) / 1_000 });
  });
  process.on("disconnect", () => process.exit());
  say(ready);
}
