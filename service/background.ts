/** What repeats while a service is open: writing usage to the store, and deleting old rows there. */

const FLUSH_EVERY_MS = 1_000;
const TEND_EVERY_MS = 1_000;
const PRUNE_EVERY_MS = 3_600_000;

export interface BackgroundWork {
  /** Writes usage and counters to the store. */
  flush(): Promise<void>;
  /** Deletes rows that nobody needs any more. */
  prune(): Promise<void>;
  /** Tends what is borrowed from other nodes' limits. Only where several nodes share them. */
  tend?(): Promise<void>;
}

/** Calls `run` every so many milliseconds until the function that it returned is called. */
export type Every = (milliseconds: number, run: () => void) => () => void;

interface Background {
  /** Starts nothing new. What has begun goes on. */
  stop(): void;
}

/** `onFailed` is called with each failure; the work is tried again at its next turn. `every` is a timer that does not keep the process alive. */
export function startBackground(work: BackgroundWork, onFailed: (error: unknown) => void, every: Every = unreferencedTimer): Background {
  const stops = [
    every(FLUSH_EVERY_MS, () => void work.flush().catch(onFailed)),
    ...(work.tend === undefined ? [] : [every(TEND_EVERY_MS, () => void work.tend?.().catch(onFailed))]),
    every(PRUNE_EVERY_MS, () => void work.prune().catch(onFailed)),
  ];
  return {
    stop() {
      for (const stop of stops) stop();
    },
  };
}

/** Does not keep the process alive. */
export function unreferencedTimer(milliseconds: number, run: () => void): () => void {
  const timer = setInterval(run, milliseconds).unref();
  return () => clearInterval(timer);
}
