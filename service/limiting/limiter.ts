/** The port through which verification counts requests against limits. It does not know where they are counted. */
import type { Limits } from "../../engine/api-key.ts";
import type { RateLimit } from "../../engine/limits.ts";
import type { BankGlimpse } from "../../stores/bank-contract.ts";

/** What a limiter keeps for one `counterId`. Keys that replaced one another share it. Only the limiter looks inside. */
export interface LimitCounter {
  readonly id: string;
}

/** A moment at which the store is asked for a key, by both clocks of this machine. */
interface LookupMoment {
  readonly monotonic: number;
  readonly wall: number;
}

/** What a look-up brought of the bank of limits, between when it was sent and when it was heard. It serves for one decision, soon. */
export interface FirstReading {
  readonly sent: LookupMoment;
  /** By the monotonic clock. */
  readonly heardAt: number;
  readonly glimpse: BankGlimpse;
}

/** What a look-up of a key brought of its counter: what one process has saved, or what the nodes share. */
export interface BroughtByLookup {
  readonly saved: string | undefined;
  readonly first: FirstReading | undefined;
}

/** Times are milliseconds of the monotonic clock, read once for each request. */
export interface Limiter {
  /**
   * The counter of a key that enters memory; undefined when the key has no limits. `saved` is what the store has of it, the JSON of a
   * `CounterState`; it counts only where the limiter knows nothing newer. With `first`, the first request need not read the bank. Call `leave` when
   * the key leaves memory.
   */
  enter(counterId: string, limits: Limits, saved: string | undefined, first?: FirstReading): LimitCounter | undefined;
  leave(counter: LimitCounter): void;
  /**
   * Call it before the store is asked for a key, and what it returns when the key has entered and every request that waited for it was judged.
   * Until then the limiter forgets nothing that the store may not have known when it was asked. Absent where `forgotten` says the same.
   */
  beginLookup?(): () => void;
  /**
   * Admits one request against every limit, or charges none. 0 when admitted, otherwise the first time at which the same request would
   * pass. With `holds` an admitted request counts as concurrent until `release`. A limiter returns a promise only where it must ask a
   * database; when that rejects, nothing was admitted.
   */
  admit(counter: LimitCounter, limits: Limits, now: number, holds: boolean): number | Promise<number>;
  /** Ends a request that was admitted with `holds`. Call it once for each. */
  release(counter: LimitCounter): void;
  /** Where the limits stand. Charges nothing. */
  standing(counter: LimitCounter, limits: Limits, now: number): readonly RateLimit[];
  /** The same for a counter that may not be in memory, and does not enter it. */
  standingOf(counterId: string, limits: Limits): Promise<readonly RateLimit[]>;
  /** Whether a request would be admitted now. Charges nothing. */
  wouldAdmit(counter: LimitCounter, limits: Limits, now: number): boolean;
}
