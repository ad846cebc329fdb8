/**
 * What the limits of several nodes need from a database that they share: a row for each counter, a clock, and notices. The rows are texts
 * that the rules of `engine/bank` read and write. Every method may throw `StoreUnavailable`: it is then unknown whether it happened.
 */

export interface BankRow {
  /** Grows with every write, and is never used again for the same counter. */
  readonly version: number;
  readonly state: string;
}

export interface BankReading {
  /** The database's clock at a moment during the call: milliseconds since the epoch, with fractions. It may jump; bank time is this minus `aheadMs`. */
  readonly clockMs: number;
  /** How far the clock is ahead of bank time, as the nodes have agreed. */
  readonly aheadMs: number;
  /** The rows that exist, by counter. */
  readonly rows: ReadonlyMap<string, BankRow>;
}

/** What a look-up of a key brings of the bank: the row of its counter, if there is one, and the clock as in `BankReading`. */
export interface BankGlimpse extends Pick<BankReading, "clockMs" | "aheadMs"> {
  readonly row: BankRow | undefined;
}

export interface NewBankRow {
  readonly counterId: string;
  /** The version that was read; 0 for a row that did not exist. */
  readonly replaces: number;
  readonly version: number;
  readonly state: string;
  /** Bank time, for `pruneBank`. */
  readonly at: number;
}

/** What nodes tell each other. A notice may be lost, late or doubled. */
export type BankNotice =
  /** The nodes are asked to give back what they have borrowed. */
  | {
      readonly kind: "recall";
      readonly counterId: string;
      readonly nodes: readonly string[];
      /** For how many requests; for as many as there may be, when absent. */
      readonly needed?: number;
    }
  /** The node has given back what it could. */
  | { readonly kind: "settled"; readonly counterId: string; readonly node: string };

export interface BankStore {
  /** Reads rows. Without ids it reads the clock alone. */
  readBank(counterIds: readonly string[]): Promise<BankReading>;
  /**
   * Writes those rows that still have the version they replace, each atomically; resolves to their counters. What was written is durable
   * before it resolves, for a node uses what it has borrowed from then on. Where the response was lost and the write is repeated, a row that was
   * written the first time is missing in the result.
   */
  writeBank(rows: readonly NewBankRow[]): Promise<readonly string[]>;
  /** Changes how far the clock is ahead, unless that was changed since it was read. */
  correctBankClock(readAheadMs: number, aheadMs: number): Promise<void>;
  /** Deletes rows that nobody has written for two days of bank time. */
  pruneBank(): Promise<void>;
  tellNodes(notices: readonly BankNotice[]): Promise<void>;
  /** Calls `hear` with each notice until the returned function is called. */
  hearNodes(hear: (notice: BankNotice) => void): () => void;
}
