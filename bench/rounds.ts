/**
 * How anything is compared on a machine that other people use too: ours and its floor take turns in slices, in the same run, and
 * each round gives one ratio. What slows the machine down slows both; the median forgets the rounds in which it did not.
 */

/** Something that can be run for a while. */
export interface Contestant {
  /** Runs for about so long, and returns the number of times a second. */
  slice(milliseconds: number): Promise<number>;
}

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** Runs all of them in turn, after one slice each that nobody counts. Returns the rates of each, round by round. */
export async function takeTurns(
  contestants: readonly Contestant[],
  { rounds, sliceMs }: { readonly rounds: number; readonly sliceMs: number },
): Promise<number[][]> {
  const rates: number[][] = contestants.map(() => []);
  for (const contestant of contestants) await contestant.slice(sliceMs);
  for (let round = 0; round < rounds; round++) {
    // Forwards and backwards, so that a machine that grows slower or faster favours nobody.
    const turns = [...contestants.entries()];
    for (const [at, contestant] of round % 2 === 0 ? turns : turns.toReversed()) rates[at]?.push(await contestant.slice(sliceMs));
  }
  return rates;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle] : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
  return { median: median ?? Number.NaN, least: sorted[0] ?? Number.NaN, most: sorted.at(-1) ?? Number.NaN };
}

/** Ours by its floor, round by round. */
export function ratioOf(ours: readonly number[], floor: readonly number[]): Spread {
  return spreadOf(ours.map((rate, round) => rate / (floor[round] ?? Number.NaN)));
}
