/** A table of what is remembered about clients: bounded, and not to be emptied on purpose. */

/** Entries looked at for each one that leaves. */
const SAMPLE = 8;

export interface BoundedTableOptions<Entry> {
  /** Entries held at most. */
  readonly capacity: number;
  make(): Entry;
  /** What would be lost with the entry; the lightest of a few leaves first. */
  weigh(entry: Entry, now: number): number;
}

/**
 * When the table is full, the lightest of the next eight entries makes room; a hand goes around the slots. To drop simply the oldest
 * would let a client start again at zero by filling the table with others: here a used-up entry outlasts fresh ones, and to push it
 * out somebody has to use up the budgets of a whole table of names.
 */
export class BoundedTable<Entry> {
  readonly #options: BoundedTableOptions<Entry>;
  readonly #slotOf = new Map<string, number>();
  /** Slots and not the order of the map: V8 walks over all that was deleted from a map's beginning. */
  readonly #slots: { readonly name: string; readonly entry: Entry }[] = [];
  #hand = 0;

  constructor(options: BoundedTableOptions<Entry>) {
    this.#options = options;
  }

  get size(): number {
    return this.#slots.length;
  }

  /** The entry of this name, made when there is none. */
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

/** A part of a string keeps all of it in memory (V8's sliced strings): an address cut out of a header would hold the whole header. */
function ownCopy(text: string): string {
  return Buffer.from(text).toString();
}
