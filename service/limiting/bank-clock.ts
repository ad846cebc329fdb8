/**
 * Whether bank time passes as real time does. The database has only a wall clock, and somebody may set it. A jump forward would forget
 * admissions that still count, so each node compares the time that has passed for the bank with what has passed on its own monotonic clock.
 */
import { DRIFT } from "../../engine/bank/bank.ts";

/** Bank time at a moment between two times of the node's monotonic clock. */
interface TimeReading {
  readonly bankMs: number;
  readonly sentAt: number;
  readonly heardAt: number;
}

/** What reading a clock may cost in exactness. */
const AHEAD_SLACK_MS = 2;
/**
 * Being behind only makes admissions count longer. Putting the clock forward is the greater evil: what was written since it fell behind would count
 * for a shorter time. So a step back of up to this much is taken as it is, and of a larger one only what is beyond it is put right: nodes do not see a
 * step alike, and one may have taken as it is what another puts right.
 */
const BEHIND_MS = 10_000;

export class BankClock {
  #last: TimeReading | undefined;

  /**
   * 0 when this reading agrees with the one before. Otherwise by how much the bank's clock is to be put back, in milliseconds (forward, if
   * negative): to the earliest time that it can be, or to `BEHIND_MS` before that after a step back. A reading that disagrees is forgotten.
   */
  jumpOf(reading: TimeReading): number {
    const last = this.#last;
    if (last !== undefined) {
      const passed = reading.bankMs - last.bankMs;
      // Readings may overlap or be out of order, and then the later one may be the earlier for the bank.
      const [shortest, longest] = [reading.sentAt - last.heardAt, reading.heardAt - last.sentAt];
      const atLeast = shortest * (shortest > 0 ? 1 - DRIFT : 1 + DRIFT);
      const atMost = longest * (longest > 0 ? 1 + DRIFT : 1 - DRIFT);
      if (passed > atMost + AHEAD_SLACK_MS) return passed - atLeast;
      if (passed < atLeast - BEHIND_MS) {
        this.#last = { ...last, bankMs: last.bankMs - BEHIND_MS };
        return passed - atLeast + BEHIND_MS;
      }
    }
    this.#last = reading;
    return 0;
  }

  /** The node's own clock cannot be trusted for the time since the last reading: begin anew. */
  forget(): void {
    this.#last = undefined;
  }
}
