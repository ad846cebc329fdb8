/**
 * How long simulations last, and what they are drawn from. `npm test` runs each for some seconds with a seed of its own; `npm run simulate` runs them
 * many times as long. Every run prints its seed, and KEYWARD_SEED repeats it.
 */
import { randomInt } from "node:crypto";

/** How many times as many runs as in `npm test`. */
export const SIMULATIONS = Number(process.env.KEYWARD_SIMULATIONS ?? 1);

/** For the test of a simulation: vitest's default is for those that end in seconds. */
export const SIMULATION_TIMEOUT_MS = 60_000 * SIMULATIONS;

/** The first of the seeds to use, printed with the name of the simulation. */
export function printedSeed(name: string): number {
  const seed = Number(process.env.KEYWARD_SEED ?? randomInt(1_000_000_000));
  console.log(`${name}: KEYWARD_SEED=${seed}`);
  return seed;
}
