/**
 * What verification remembers of the store: records by the fingerprint of their credential, and a few credentials that are known
 * to be nobody's. Bounded; one read at a time for each credential; and exact: a record that was changed while it was being
 * read is read again before anyone is judged by it, whichever of its names the change gives: its credential, its own id, or the
 * id of something that it depends on.
 */

/** What the cache needs of a record. */
export interface Cached {
  /** Unlike every other's; by it the record is forgotten. */
  readonly cacheName: string;
  /** Set by whoever finds the record; cleared as the eviction hand passes. */
  touched: boolean;
}

export interface CacheOptions<Found, Entry extends Cached> {
  /** Records kept at most. */
  readonly capacity: number;
  /** Reads the record of a credential from the store; undefined when there is none. */
  load(credential: string): Promise<Found | undefined>;
  /** Every id by which a change may concern the record: its own, and those of what it depends on. Null entries are ignored. */
  namesOf(found: Found): readonly (string | null)[];
  /**
   * The record as it is remembered; undefined when it is not the credential's after all. Called only once nothing has changed since it
   * was read.
   */
  toEntry(found: Found): Entry | undefined;
  /** The id that an entry depends on besides its own name: its organization's. */
  dependsOn(entry: Entry): string | null;
  /** An entry has left the cache to make room, or because it changed. */
  dropped?(entry: Entry): void;
}

const UNKNOWN_CAPACITY = 10_000;
const UNKNOWN_MS = 30_000;
const MOST_SECOND_CHANCES = 16;
const MOST_CHANGES = 10_000;

export class CredentialCache<Found, Entry extends Cached> {
  readonly #options: CacheOptions<Found, Entry>;
  readonly #entries = new Map<string, Entry>();
  readonly #fingerprints = new Map<string, string>();
  /** Fingerprints that no record had, and until when that is believed. */
  readonly #unknown = new Map<string, number>();
  readonly #loading = new Map<string, Promise<Entry | undefined>>();
  /** What changed since the oldest read under way began: ids and fingerprints, with the number of the change. */
  readonly #changed = new Map<string, number>();
  #changes = 0;
  /** Up to this change, everything counts as changed. */
  #allChangedAt = 0;

  constructor(options: CacheOptions<Found, Entry>) {
    this.#options = options;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Credentials that are known to be nobody's. */
  get unknownSize(): number {
    return this.#unknown.size;
  }

  /** The remembered record; synchronous, no allocation. */
  peek(fingerprint: string): Entry | undefined {
    const entry = this.#entries.get(fingerprint);
    if (entry !== undefined) entry.touched = true;
    return entry;
  }

  isUnknown(fingerprint: string, now: number): boolean {
    const until = this.#unknown.get(fingerprint);
    return until !== undefined && until > now;
  }

  /** The record from the store, remembered. Calls for the same credential share one read. */
  find(credential: string, fingerprint: string, now: number): Promise<Entry | undefined> {
    const underWay = this.#loading.get(fingerprint);
    if (underWay !== undefined) return underWay;
    const loading = this.#read(credential, fingerprint, now);
    this.#loading.set(fingerprint, loading);
    return loading;
  }

  /** The record with this name was changed: the next request reads it again. */
  forget(name: string): void {
    this.noteChange(name);
    const fingerprint = this.#fingerprints.get(name);
    if (fingerprint !== undefined) this.#remove(fingerprint);
  }

  /** Everything that depends on this id was changed. Looks at every record: such changes are rare. */
  forgetDependents(id: string): void {
    this.noteChange(id);
    for (const [fingerprint, entry] of this.#entries) if (this.#options.dependsOn(entry) === id) this.#remove(fingerprint);
  }

  /** The credential was created or reassigned: drops its entry, including a cached miss. */
  learn(fingerprint: string): void {
    this.noteChange(fingerprint);
    this.#unknown.delete(fingerprint);
    this.#remove(fingerprint);
  }

  /** Something changed that is called so: reads under way that concern it are read again. `name` is an id or a fingerprint. */
  noteChange(name: string): void {
    this.#changes++;
    if (this.#loading.size === 0) return;
    // Under a stream of reads that never pauses the list would grow for ever: then every read under way is read again.
    if (this.#changed.size >= MOST_CHANGES) {
      this.#changed.clear();
      this.#allChangedAt = this.#changes;
    }
    this.#changed.set(name, this.#changes);
  }

  values(): IterableIterator<Entry> {
    return this.#entries.values();
  }

  get(id: string): Entry | undefined {
    const fingerprint = this.#fingerprints.get(id);
    return fingerprint === undefined ? undefined : this.#entries.get(fingerprint);
  }

  async #read(credential: string, fingerprint: string, now: number): Promise<Entry | undefined> {
    try {
      for (;;) {
        const before = this.#changes;
        const found = await this.#options.load(credential);
        const names = found === undefined ? [fingerprint] : [fingerprint, ...this.#options.namesOf(found)];
        if (this.#allChangedAt > before || names.some((name) => name !== null && (this.#changed.get(name) ?? 0) > before)) continue;
        const entry = found && this.#options.toEntry(found);
        if (entry !== undefined) return this.#add(fingerprint, entry);
        this.#addUnknown(fingerprint, now + UNKNOWN_MS);
        return undefined;
      }
    } finally {
      // In the same step as the entry is added: whoever asks from here on finds the entry, or begins a read of their own.
      this.#loading.delete(fingerprint);
      if (this.#loading.size === 0) this.#changed.clear();
    }
  }

  #add(fingerprint: string, entry: Entry): Entry {
    while (this.#entries.size >= this.#options.capacity) this.#evictOne();
    this.#entries.set(fingerprint, entry);
    this.#fingerprints.set(entry.cacheName, fingerprint);
    return entry;
  }

  /**
   * Second chance (Corbató's clock): the oldest that was not used since the hand last passed; a Map keeps the order. After a few
   * steps the next one goes, used or not: with a million records in use, an honest search would hold up everybody.
   */
  #evictOne(): void {
    let steps = 0;
    for (const [fingerprint, entry] of this.#entries) {
      if (!entry.touched || ++steps > MOST_SECOND_CHANCES) {
        this.#remove(fingerprint);
        return;
      }
      entry.touched = false;
      this.#entries.delete(fingerprint);
      this.#entries.set(fingerprint, entry);
    }
  }

  #remove(fingerprint: string): void {
    const entry = this.#entries.get(fingerprint);
    if (entry === undefined) return;
    this.#entries.delete(fingerprint);
    this.#fingerprints.delete(entry.cacheName);
    this.#options.dropped?.(entry);
  }

  #addUnknown(fingerprint: string, until: number): void {
    if (this.#unknown.size >= UNKNOWN_CAPACITY) {
      const oldest = this.#unknown.keys().next();
      if (!oldest.done) this.#unknown.delete(oldest.value);
    }
    this.#unknown.delete(fingerprint);
    this.#unknown.set(fingerprint, until);
  }
}
