/** Time that passes from one event to the next, and machines whose clocks and processes may do anything that real ones do. */

import { EventQueue } from "../../../support/event-queue.ts";

export class VirtualTime {
  /** Milliseconds of real time since the beginning. No machine can read it. */
  now = 0;
  readonly #events = new EventQueue<() => void>();

  at(time: number, run: () => void): void {
    this.#events.add(Math.max(time, this.now), run);
  }

  /** Lets time pass. Whatever an event sets going with promises has come to rest before the next. */
  async passTo(end: number): Promise<void> {
    for (let at = this.#events.nextAt; at !== undefined && at <= end; at = this.#events.nextAt) {
      const run = this.#events.take();
      this.now = at;
      run();
      await new Promise((rested) => setImmediate(rested));
    }
    this.now = end;
  }
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
