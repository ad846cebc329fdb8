/**
 * A journal of what memory counts, beside the embedded database: bytes that are handed to the operating system at once and survive the end of the
 * process, however it ends. They are not forced to the disk: a power failure may take the last of them.
 *
 * What is counted has a name, which is long, and parts follow each other fast. So names stand in a file of their own, and parts refer to them.
 */
export interface Journal {
  /** What earlier runs have left, in any order. */
  readonly left: readonly JournalLeft[];
  /** Adds names to the current names. Never throws. @returns false if they could not be written, or not all of them: begin new names then. */
  appendNames(bytes: Uint8Array): boolean;
  /** Adds a part, which may refer to any of the current names. Never throws: what cannot be written is lost, as it would be without a journal. */
  append(bytes: Uint8Array): void;
  /** Begins a new file of parts. */
  turn(): void;
  /** Begins new names, and a new file of parts, which refer to these alone. */
  turnNames(): void;
  /** Deletes the parts from before the last turn, and names that no part refers to any more: the database has what is in them. */
  discard(): void;
  /** Deletes everything, of other threads too: the database has all of it, and nothing is counted any more. */
  discardAll(): void;
}

/** Names and all parts that refer to them. The end of each file may be missing, or be anything after a power failure. */
export interface JournalLeft {
  readonly names: Uint8Array;
  /** The files of parts, oldest first. */
  readonly parts: readonly Uint8Array[];
}
