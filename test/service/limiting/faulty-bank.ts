/**
 * A database for the bank's simulation: one truth, reached through a network that delays, loses and doubles, with a clock that jumps. True time is that
 * clock without its jumps: a minute is what it says, and the clocks of the nodes drift from it.
 */
import type { BankNotice, BankReading, BankStore, NewBankRow } from "../../../stores/bank-contract.ts";
import { StoreUnavailable } from "../../../stores/contract.ts";
import type { TrueTime } from "./true-time.ts";

export interface Faults {
  /** One way, at most; most messages are faster. */
  readonly delayMs: number;
  /** How likely each is. A lost message is never answered, or its connection ends. */
  readonly loss: number;
  readonly duplicate: number;
}

/** One end of the network: a node that may be gone. */
interface End {
  readonly isAlive: () => boolean;
  /** The database answered with what was true at this moment. */
  readonly readAt: (trueMs: number) => void;
  /** It has had the rows of these counters from this moment on. */
  readonly writtenAt?: (counterIds: readonly string[], trueMs: number) => void;
  /** An answer to a write that nobody waits for any more. */
  readonly late: (rows: readonly NewBankRow[]) => void;
}

/** As long as `BankInTime` waits, or a little less: an answer comes in time for both, or too late for both. */
const PATIENCE_MS = 3_000;

export class FaultyBank {
  readonly #time: TrueTime;
  readonly #random: () => number;
  readonly #faults: Faults;
  readonly #rows = new Map<string, { version: number; state: string }>();
  readonly #listeners = new Set<{ readonly end: End; readonly hear: (notice: BankNotice) => void }>();
  #clockAheadMs = 1_700_000_000_000;
  #aheadMs = 0;
  /** A jump that no node has corrected yet. */
  isJumpOpen = false;

  constructor(time: TrueTime, random: () => number, faults: Faults) {
    this.#time = time;
    this.#random = random;
    this.#faults = faults;
  }

  jump(milliseconds: number): void {
    this.#clockAheadMs += milliseconds;
    this.isJumpOpen = true;
  }

  storeFor(end: End): BankStore {
    const listeners = this.#listeners;
    return {
      readBank: (ids) =>
        this.#call(
          end,
          () => {
            const rows = ids.flatMap((id) => {
              const row = this.#rows.get(id);
              return row === undefined ? [] : [[id, row] as const];
            });
            const reading: BankReading = { clockMs: this.#clockAheadMs + this.#time.now, aheadMs: this.#aheadMs, rows: new Map(rows) };
            return { reading, at: this.#time.now };
          },
          ({ at }) => {
            // The clock alone decides nothing.
            if (ids.length > 0) end.readAt(at);
          },
        ).then(({ reading }) => reading),
      writeBank: (rows) =>
        this.#call(
          end,
          () => ({ written: this.#write(rows), at: this.#time.now }),
          ({ written, at }) => end.writtenAt?.(written, at),
          () => end.late(rows),
        ).then(({ written }) => written),
      correctBankClock: (read, ahead) =>
        this.#call(end, () => {
          if (read !== this.#aheadMs) return;
          this.#aheadMs = ahead;
          this.isJumpOpen = false;
        }),
      pruneBank: async () => undefined,
      tellNodes: async (notices) => {
        for (const notice of notices) {
          for (const listener of listeners) {
            for (const delayMs of this.#arrivals()) {
              this.#time.after(delayMs, () => {
                if (!listener.end.isAlive() || !listeners.has(listener)) return false;
                listener.hear(notice);
                return true;
              });
            }
          }
        }
      },
      hearNodes: (hear) => {
        const listener = { end, hear };
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    };
  }

  #write(rows: readonly NewBankRow[]): string[] {
    return rows.flatMap(({ counterId, replaces, version, state }) => {
      if ((this.#rows.get(counterId)?.version ?? 0) !== replaces) return [];
      this.#rows.set(counterId, { version, state });
      return [counterId];
    });
  }

  /** When copies of one message arrive: after none, one or two delays. */
  #arrivals(): number[] {
    const { loss, duplicate } = this.#faults;
    if (this.#random() < loss) return [];
    return this.#random() < duplicate ? [this.#delay(), 20 * this.#delay()] : [this.#delay()];
  }

  /** Mostly short, now and then long. */
  #delay(): number {
    return this.#faults.delayMs * this.#random() ** 4;
  }

  #call<Result>(end: End, run: () => Result, arrived?: (result: Result) => void, late?: () => void): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    const began = this.#time.now;
    let isAnswered = false;
    const answer = (result: Result): boolean => {
      if (!end.isAlive() || isAnswered) return false;
      isAnswered = true;
      if (this.#time.now - began > 0.97 * PATIENCE_MS) late?.();
      else {
        arrived?.(result);
        resolve(result);
      }
      return true;
    };
    for (const delayMs of this.#arrivals()) {
      this.#time.after(delayMs, () => {
        const result = run();
        for (const backMs of this.#arrivals()) this.#time.after(backMs, () => answer(result));
        return false;
      });
    }
    // A connection that ends tells the node so; one that hangs does not.
    if (this.#random() < this.#faults.loss / 2) {
      this.#time.after(this.#delay(), () => {
        if (!end.isAlive()) return false;
        isAnswered = true;
        reject(new StoreUnavailable("the connection ended"));
        return true;
      });
    }
    return promise;
  }
}
