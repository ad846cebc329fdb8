/** A bounded table of what is remembered about clients. A client cannot push its own entry out. */

/** How many entries are compared to choose the one that is dropped. */
const SAMPLE = 8;

interface BoundedTableOptions<Entry> {
  /** Maximum number of entries. */
  readonly capacity: number;
  make(): Entry;
  /** What would be lost with the entry; of a few compared entries the lightest is dropped. */
  weigh(entry: Entry, now: number): number;
}

/**
 * When the table is full, the lightest of the next eight slots is dropped; a hand goes around the slots. Dropping the oldest would let a client
 * start again at zero by filling the table with other names. Here a used-up entry outlasts fresh ones: to push it out, somebody must use up the
 * budgets of a whole table of names.
 */
export class BoundedTable<Entry> {
  readonly #options: BoundedTableOptions<Entry>;
  readonly #slotOf = new Map<string, number>();
  /** Slots, not the map's own order: to find a map's first entry, V8 walks over all that were deleted before it. */
  readonly #slots: { readonly name: string; readonly entry: Entry }[] = [];
  #hand = 0;

  constructor(options: BoundedTableOptions<Entry>) {
    this.#options = options;
  }

  get size(): number {
    return this.#slots.length;
  }

  /** The entry of this name, created if there is none. */
  take(name: string, now: number): Entry {
    const known = this.#slotOf.get(name);
    if (known !== undefined) return (this.#slots[known] as { entry: Entry }).entry;
    const slot = this.#slots.length < this.#options.capacity ? this.#slots.length : this.#free(now);
    const made = { name: ownCopy(name), entry: this.#options.make() };
    this.#slots[slot] = made;
    this.#slotOf.set(made.name, slot);
    return made.entry;
  }

  #free(now: number): number {
    let lightest = this.#hand;
    let least = Number.POSITIVE_INFINITY;
    for (let step = 0; step < SAMPLE; step++) {
      const slot = (this.#hand + step) % this.#slots.length;
      const weight = this.#options.weigh((this.#slots[slot] as { entry: Entry }).entry, now);
      if (weight < least) [lightest, least] = [slot, weight];
    }
    this.#hand = (this.#hand + SAMPLE) % this.#slots.length;
    this.#slotOf.delete((this.#slots[lightest] as { name: string }).name);
    return lightest;
  }
}

/** A substring keeps the whole string in memory (V8's sliced strings): an address cut out of a header would keep the whole header. */
function ownCopy(text: string): string {
  return Buffer.from(text).toString();
}
