/**
 * A journal of what memory counts, beside the embedded database: bytes that are handed to the operating system at once and survive the end of the
 * process, however it ends. They are not forced to the disk: a power failure may take the last of them.
 */
export interface Journal {
  /** What earlier runs have left, oldest first: a part for each `append`, the last one perhaps incomplete. */
  readonly left: readonly Uint8Array[];
  /** Adds bytes to the current file. Never throws: what cannot be written is lost, as it would be without a journal. */
  append(bytes: Uint8Array): void;
  /** Begins a new file. */
  turn(): void;
  /** Deletes all files but the current one: the database has what is in them. */
  discard(): void;
  /** Deletes all files, those of other threads too: the database has everything, and nothing is counted any more. */
  discardAll(): void;
}
