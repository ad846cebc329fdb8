/** What is to happen in a simulation: taken in the order of its time, and of its making. A binary heap. */

interface Event {
  readonly at: number;
  readonly nth: number;
}

export class EventQueue<Content> {
  readonly #heap: (Event & { readonly content: Content })[] = [];
  #count = 0;

  /** When the next one happens; undefined when there is none. */
  get nextAt(): number | undefined {
    return this.#heap[0]?.at;
  }

  add(at: number, content: Content): void {
    const heap = this.#heap;
    const event = { at, nth: this.#count++, content };
    let index = heap.push(event) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(event, heap[parent] as Event)) break;
      heap[index] = heap[parent] as typeof event;
      index = parent;
    }
    heap[index] = event;
  }

  /** Takes the next one. Call it only when there is one. */
  take(): Content {
    const heap = this.#heap;
    const [first] = heap as [(typeof heap)[number]];
    const last = heap.pop() as typeof first;
    if (heap.length === 0) return first.content;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Event, heap[child] as Event)) child++;
      if (!isBefore(heap[child] as Event, last)) break;
      heap[index] = heap[child] as typeof first;
      index = child;
    }
    heap[index] = last;
    return first.content;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.nth < b.nth);
}
