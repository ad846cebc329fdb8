/** Waiting, as arguments: a simulation turns the time itself. */

export interface Timers {
  /** Calls `run` once after so many milliseconds, unless the returned function is called before. */
  after(milliseconds: number, run: () => void): () => void;
}

export const realTimers: Timers = {
  after(milliseconds, run) {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
};

/** Rejects if a call takes longer: a connection can be lost without anybody being told. Whatever it still does has no effect here. */
export async function within<Result>({ after }: Timers, milliseconds: number, call: Promise<Result>): Promise<Result> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const cancel = after(milliseconds, () => reject(new Error(`the database did not respond within ${Math.round(milliseconds)} ms`)));
  try {
    return await Promise.race([call, late]);
  } finally {
    cancel();
  }
}
