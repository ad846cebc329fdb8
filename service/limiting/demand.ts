/** How much one counter is asked for at this node, so that it borrows what it will use. Times are milliseconds of the monotonic clock. */
import { LOAN_MS } from "../../engine/bank/ledger.ts";

/** Requests are remembered for about this long. */
const MEMORY_MS = LOAN_MS / 2;
const ASK_MS = 100;
/** A counter with fewer requests in memory borrows nothing: its next request asks for itself. */
const WORTH_BORROWING = 1.5;

export class Demand {
  /** Requests, the older the less. */
  #requests = 0;
  #asOf = 0;
  #peak = 0;

  /** `requests`: how many there were since the last call; `peak`: the most that were under way at once. */
  note(requests: number, peak: number, now: number): void {
    const fading = Math.exp(-(now - this.#asOf) / MEMORY_MS);
    this.#requests = this.#requests * fading + requests;
    this.#peak = Math.max(this.#peak * fading, peak);
    this.#asOf = now;
  }

  /** Admissions that a loan should have: as many as it will need if requests go on as they do. */
  get uses(): number {
    return this.#requests < WORTH_BORROWING ? 0 : Math.ceil((this.#requests * LOAN_MS) / MEMORY_MS);
  }

  /** Admissions that are used up while an ask is under way, generously. */
  get meanwhile(): number {
    return Math.floor((this.#requests * ASK_MS) / MEMORY_MS);
  }

  /** Slots that a loan should have. */
  get slots(): number {
    return Math.ceil(this.#peak - 0.1);
  }
}
