/** Time that passes from one event to the next, and machines whose clocks and processes may do anything that real ones do. */

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Event {
  readonly at: number;
  readonly nth: number;
  readonly run: () => void;
}

export class VirtualTime {
  /** Milliseconds of real time since the beginning. No machine can read it. */
  now = 0;
  readonly #events: Event[] = [];
  #count = 0;

  /** A heap: events are taken in the order of their time, and of their making. */
  at(time: number, run: () => void): void {
    const heap = this.#events;
    const event = { at: Math.max(time, this.now), nth: this.#count++, run };
    let index = heap.push(event) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(event, heap[parent] as Event)) break;
      heap[index] = heap[parent] as Event;
      index = parent;
    }
    heap[index] = event;
  }

  /** Lets time pass. Whatever an event sets going with promises has come to rest before the next. */
  async passTo(end: number): Promise<void> {
    for (let event = this.#events[0]; event !== undefined && event.at <= end; event = this.#events[0]) {
      this.#take();
      this.now = event.at;
      event.run();
      await new Promise((rested) => setImmediate(rested));
    }
    this.now = end;
  }

  #take(): void {
    const heap = this.#events;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Event, heap[child] as Event)) child++;
      if (!isBefore(heap[child] as Event, last)) break;
      heap[index] = heap[child] as Event;
      index = child;
    }
    heap[index] = last;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.nth < b.nth);
}

/** The most that a clock of a machine is too fast or too slow: a little less than what the lease allows for. */
const DRIFT = 0.009;

export class Machine {
  isAlive = true;
  readonly #time: VirtualTime;
  readonly #random: () => number;
  readonly #speed: number;
  readonly #origin: number;
  #wallAhead: number;
  #stoppedUntil = 0;
  /** What arrived meanwhile. */
  #waiting: (() => void)[] = [];
  /** For how long its monotonic clock has stood still so far. */
  #sleptMs = 0;

  constructor(time: VirtualTime, random: () => number) {
    this.#time = time;
    this.#random = random;
    this.#speed = 1 + (random() * 2 - 1) * DRIFT;
    this.#origin = random() * 1e6;
    this.#wallAhead = 1.8e12 + random() * 1e6;
  }

  readonly monotonic = (): number => this.#origin + (this.#time.now - this.#sleptMs) * this.#speed;
  readonly wall = (): number => Math.floor(this.#wallAhead + this.#time.now);

  setWall(byMs: number): void {
    this.#wallAhead += byMs;
  }

  /** SIGSTOP, and SIGCONT after so long. */
  stop(milliseconds: number): void {
    this.#stoppedUntil = Math.max(this.#stoppedUntil, this.#time.now + milliseconds);
    this.#time.at(this.#stoppedUntil, () => this.#arrive());
  }

  /** SIGCONT now. */
  goOn(): void {
    this.#stoppedUntil = this.#time.now;
    this.#arrive();
  }

  /** What came while the process was stopped, in any order. */
  #arrive(): void {
    if (this.#time.now < this.#stoppedUntil) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const run of waiting) this.#time.at(this.#time.now + this.#random(), () => this.deliver(run));
  }

  /** The machine sleeps: its monotonic clock stands still meanwhile, and the wall clock does not. */
  sleep(milliseconds: number): void {
    const from = Math.max(this.#time.now, this.#stoppedUntil);
    this.stop(milliseconds);
    this.#sleptMs += this.#stoppedUntil - from;
  }

  /** Something arrives. What arrives while the process is stopped is there when it goes on, in any order. */
  deliver(run: () => void): void {
    if (!this.isAlive) return;
    if (this.#time.now < this.#stoppedUntil) this.#waiting.push(run);
    else run();
  }

  /** A timer of the process, by its monotonic clock. */
  readonly after = (milliseconds: number, run: () => void): (() => void) => {
    let isCancelled = false;
    const due = this.monotonic() + milliseconds;
    const wait = () =>
      this.#time.at(this.#time.now + Math.max(0, due - this.monotonic()) / this.#speed, () =>
        this.deliver(() => {
          if (isCancelled) return;
          if (this.monotonic() < due - 1e-6) wait();
          else run();
        }),
      );
    wait();
    return () => {
      isCancelled = true;
    };
  };
}
