/** What one thread measures: counts in arrays, which are written on every request and read when metrics are scraped. */
import { performance } from "node:perf_hooks";
import { Histograms } from "./histograms.ts";
import { STATUS_CLASSES, SURFACES, type Surface } from "./surfaces.ts";
import type { WatchedClock } from "./watched-clock.ts";

/** What an upstream can fail at. `stalled`: the client stopped sending the body that the upstream was waiting for. */
export const UPSTREAM_FAILURES = ["unreachable", "unreadable", "timeout", "stalled"] as const;
export type UpstreamFailure = (typeof UPSTREAM_FAILURES)[number];

/** Plain data, which another thread can be sent. Each array has a cell for each name of its kind, in that order. */
export interface Measured {
  /** Histograms by surface. */
  readonly durations: Float64Array;
  /** By surface, and within it by class of status. */
  readonly responses: Float64Array;
  /** Names of the kinds of calls of the store. */
  readonly storeOperations: readonly string[];
  /** Histograms by kind of call. */
  readonly storeDurations: Float64Array;
  readonly storeFailures: Float64Array;
  readonly upstreamFailures: Float64Array;
  /** One histogram. */
  readonly loopDelays: Float64Array;
  /** How long the event loop has run and waited, in milliseconds. */
  readonly loopActiveMs: number;
  readonly loopIdleMs: number;
  /** Lines of the access log that were dropped. */
  readonly droppedLines: number;
}

const SURFACE_ROWS: Readonly<Record<string, number>> = Object.assign(
  Object.create(null),
  Object.fromEntries(SURFACES.map((surface, row) => [surface, row])),
);

/** By number, so that a request looks nothing up. */
export const rowOf = (surface: Surface): number => SURFACE_ROWS[surface] as number;

export class Meter {
  readonly clock: WatchedClock;
  readonly loopDelays = new Histograms(1);
  /** Set by the access log. */
  droppedLines: () => number = () => 0;
  readonly #durations = new Histograms(SURFACES.length);
  readonly #responses = new Float64Array(SURFACES.length * STATUS_CLASSES.length);
  readonly #storeOperations: readonly string[];
  readonly #storeDurations: Histograms;
  readonly #storeFailures: Float64Array;
  readonly #upstreamFailures = new Float64Array(UPSTREAM_FAILURES.length);

  constructor(clock: WatchedClock, storeOperations: readonly string[]) {
    this.clock = clock;
    this.#storeOperations = storeOperations;
    this.#storeDurations = new Histograms(storeOperations.length);
    this.#storeFailures = new Float64Array(storeOperations.length);
  }

  /** A response has been sent. `began` is a reading of the clock; undefined for a refusal for which nothing was looked up: it took no time worth one. */
  responded(row: number, status: number, began: number | undefined): void {
    this.#durations.note(row, began === undefined ? 0 : this.clock.now() - began);
    this.count(row, status);
  }

  /** One whose duration says nothing, such as that of a stream. */
  count(row: number, status: number): void {
    const kind = Math.min(Math.max(Math.floor(status / 100), 1), STATUS_CLASSES.length) - 1;
    (this.#responses[row * STATUS_CLASSES.length + kind] as number)++;
  }

  stored(operation: number, began: number, isFailed: boolean): void {
    this.#storeDurations.note(operation, this.clock.now() - began);
    if (isFailed) (this.#storeFailures[operation] as number)++;
  }

  upstreamFailed(failure: UpstreamFailure): void {
    (this.#upstreamFailures[UPSTREAM_FAILURES.indexOf(failure)] as number)++;
  }

  take(): Measured {
    const { active, idle } = performance.eventLoopUtilization();
    return {
      durations: this.#durations.cells.slice(),
      responses: this.#responses.slice(),
      storeOperations: this.#storeOperations,
      storeDurations: this.#storeDurations.cells.slice(),
      storeFailures: this.#storeFailures.slice(),
      upstreamFailures: this.#upstreamFailures.slice(),
      loopDelays: this.loopDelays.cells.slice(),
      loopActiveMs: active,
      loopIdleMs: idle,
      droppedLines: this.droppedLines(),
    };
  }
}
