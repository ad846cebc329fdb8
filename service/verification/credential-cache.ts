/**
 * What memory holds of the store: records by the fingerprint of their credential, and a limited number of credentials that belong
 * to no key. Bounded, with one read at a time for each credential. A record that was changed while it was being read is read again
 * before any request is judged by it, whichever of its names the change gives: what the store finds its credential by, its own id, or the
 * id of something that it depends on.
 */

/** What the cache needs of a record. */
export interface Cached {
  /** Unique among the entries; the entry is dropped by it. */
  readonly cacheName: string;
  /** Set when the entry is used; cleared as the eviction hand passes. */
  touched: boolean;
}

interface CacheOptions<Credential, Found, Entry extends Cached> {
  /** Maximum number of records. */
  readonly capacity: number;
  /** Called before a credential is looked up; what it returns, when the look-up has ended. */
  begin?: (() => () => void) | undefined;
  /** Reads from the store what it has for a credential, which may be nothing. */
  load(credential: Credential): Promise<Found>;
  /** What the store looked for: the digests of the credential, or the public key of a pair. */
  lookupsOf(found: Found): readonly string[];
  /** Every id by which a change may concern the record: its own, and those of what it depends on. Null entries are ignored. */
  idsOf(found: Found): readonly (string | null)[];
  /** The record as it is kept; undefined for an unknown credential. Called only when nothing has changed since it was read. */
  toEntry(found: Found): Entry | undefined;
  /** The id of the organization that an entry depends on, besides its own name. */
  dependsOn(entry: Entry): string | null;
  /** Called for each entry that leaves the cache, to make room or because it changed. */
  dropped?(entry: Entry): void;
}

/** An unknown credential: the time until which it is remembered, on the clock of the caller, and what the store looked for. */
interface Unknown {
  readonly until: number;
  readonly lookups: readonly string[];
}

const UNKNOWN_CAPACITY = 10_000;
const UNKNOWN_MS = 30_000;
const MOST_SECOND_CHANCES = 16;
const MOST_CHANGES = 10_000;

export class CredentialCache<Credential, Found, Entry extends Cached> {
  readonly #options: CacheOptions<Credential, Found, Entry>;
  readonly #entries = new Map<string, Entry>();
  readonly #fingerprints = new Map<string, string>();
  readonly #unknown = new Map<string, Unknown>();
  readonly #loading = new Map<string, Promise<Entry | undefined>>();
  /** Reads that begin when the one under way has ended. */
  readonly #queued = new Map<string, { readonly behind: Promise<Entry | undefined>; readonly read: Promise<Entry | undefined> }>();
  /** What changed since the oldest read under way began: ids and look-ups, with the number of the change. */
  readonly #changed = new Map<string, number>();
  #changes = 0;
  /** Every read that began before this change is read again. */
  #allChangedAt = 0;
  #evictions = 0;

  constructor(options: CacheOptions<Credential, Found, Entry>) {
    this.#options = options;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Credentials that are known to belong to no key. */
  get unknownSize(): number {
    return this.#unknown.size;
  }

  /** Records that made room for others, since the start. */
  get evictions(): number {
    return this.#evictions;
  }

  /** The record in memory. Synchronous, allocates nothing. */
  peek(fingerprint: string): Entry | undefined {
    const entry = this.#entries.get(fingerprint);
    if (entry !== undefined) entry.touched = true;
    return entry;
  }

  isUnknown(fingerprint: string, now: number): boolean {
    const unknown = this.#unknown.get(fingerprint);
    return unknown !== undefined && unknown.until > now;
  }

  /** Reads the record from the store and keeps it. Calls for the same credential share one read. `now` is monotonic milliseconds. */
  find(credential: Credential, fingerprint: string, now: number): Promise<Entry | undefined> {
    const underWay = this.#loading.get(fingerprint);
    if (underWay !== undefined) return underWay;
    const loading = this.#read(credential, fingerprint, now);
    this.#loading.set(fingerprint, loading);
    return loading;
  }

  /**
   * Reads the record in a read that begins after the call, whatever memory has of it and whatever read is under way: for a node that cannot know
   * what has changed. Calls during a read share the next one.
   */
  findAnew(credential: Credential, fingerprint: string, now: number): Promise<Entry | undefined> {
    const underWay = this.#loading.get(fingerprint);
    if (underWay === undefined) return this.find(credential, fingerprint, now);
    const queued = this.#queued.get(fingerprint);
    if (queued?.behind === underWay) return queued.read;
    const begin = () => {
      if (this.#queued.get(fingerprint)?.behind === underWay) this.#queued.delete(fingerprint);
      return this.find(credential, fingerprint, now);
    };
    const read = underWay.then(begin, begin);
    this.#queued.set(fingerprint, { behind: underWay, read });
    return read;
  }

  /** Everything may have changed: nothing is kept, and every read under way begins again. */
  clear(): void {
    this.#changes++;
    this.#changed.clear();
    this.#allChangedAt = this.#changes;
    this.#unknown.clear();
    for (const fingerprint of [...this.#entries.keys()]) this.#remove(fingerprint);
  }

  /** The record with this name was changed: the next request reads it again. */
  drop(name: string): void {
    this.noteChange(name);
    const fingerprint = this.#fingerprints.get(name);
    if (fingerprint !== undefined) this.#remove(fingerprint);
  }

  /** Everything that depends on this id was changed. Looks at every record: such changes are rare. */
  dropDependents(id: string): void {
    this.noteChange(id);
    for (const [fingerprint, entry] of this.#entries) if (this.#options.dependsOn(entry) === id) this.#remove(fingerprint);
  }

  /** The credential that the store finds by this was created: it is no longer unknown. Looks at every unknown credential, 10,000 at most. */
  dropUnknown(lookup: string): void {
    this.noteChange(lookup);
    for (const [fingerprint, unknown] of this.#unknown) if (unknown.lookups.includes(lookup)) this.#unknown.delete(fingerprint);
  }

  /** Makes every read under way that concerns this name start again. `name` is an id or what a credential is found by. */
  noteChange(name: string): void {
    this.#changes++;
    if (this.#loading.size === 0) return;
    // Reads that never pause would let the list grow for ever. When it is full, every read under way is read again.
    if (this.#changed.size >= MOST_CHANGES) {
      this.#changed.clear();
      this.#allChangedAt = this.#changes;
    }
    this.#changed.set(name, this.#changes);
  }

  get(name: string): Entry | undefined {
    const fingerprint = this.#fingerprints.get(name);
    return fingerprint === undefined ? undefined : this.#entries.get(fingerprint);
  }

  async #read(credential: Credential, fingerprint: string, now: number): Promise<Entry | undefined> {
    const ended = this.#options.begin?.();
    try {
      for (;;) {
        const before = this.#changes;
        const found = await this.#options.load(credential);
        const lookups = this.#options.lookupsOf(found);
        const names = [...lookups, ...this.#options.idsOf(found)];
        if (this.#allChangedAt > before || names.some((name) => name !== null && (this.#changed.get(name) ?? 0) > before)) continue;
        const entry = this.#options.toEntry(found);
        // It is there only when it was read anew.
        this.#remove(fingerprint);
        if (entry !== undefined) return this.#add(fingerprint, entry);
        this.#addUnknown(fingerprint, { until: now + UNKNOWN_MS, lookups });
        return undefined;
      }
    } finally {
      // In the same turn as the entry is added: later calls find the entry, or begin a read of their own.
      this.#loading.delete(fingerprint);
      if (this.#loading.size === 0) this.#changed.clear();
      ended?.();
    }
  }

  #add(fingerprint: string, entry: Entry): Entry {
    while (this.#entries.size >= this.#options.capacity) this.#evictOne();
    this.#unknown.delete(fingerprint);
    this.#entries.set(fingerprint, entry);
    this.#fingerprints.set(entry.cacheName, fingerprint);
    return entry;
  }

  /**
   * Second chance (Corbató's clock): removes the oldest entry that was not used since the hand last passed; a Map keeps the order. After
   * a few steps it removes the next one, used or not: with a million entries in use, a full search would block every request.
   */
  #evictOne(): void {
    this.#evictions++;
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

  #addUnknown(fingerprint: string, unknown: Unknown): void {
    if (this.#unknown.size >= UNKNOWN_CAPACITY) {
      const oldest = this.#unknown.keys().next();
      if (!oldest.done) this.#unknown.delete(oldest.value);
    }
    this.#unknown.delete(fingerprint);
    this.#unknown.set(fingerprint, unknown);
  }
}
