/** What a till consists of: numbers alone, so that threads can share it. Times are of the node's monotonic clock. */

const NEVER = Number.NEGATIVE_INFINITY;

export class TillState {
  /** Keys in memory that count with it, and requests of threads that wait for an answer. */
  holders = 0;
  /** Requests under way. */
  active = 0;
  /** Admissions left. */
  uses = 0;
  endsAt = NEVER;
  /** Concurrent requests that may be under way. There may be more, from before; then none is added. */
  slots = 0;
  slotsEndAt = NEVER;
  /** The limits under which the bank last lent and refused: infinite for none, and NaN where nothing is known. */
  perMinute = Number.NaN;
  perDay = Number.NaN;
  concurrent = Number.NaN;
  /** Refused until `closedUntil`; the first moment with room, as far as is known, is `roomAt`. */
  roomAt = 0;
  closedUntil = 0;
  slotsClosedUntil = 0;
  /** Requests since the last ask, and the most that were under way at once. */
  requests = 0;
  peak = 0;
  /** Fewer left than this, or later than this: time to borrow again. */
  lowAt = -1;
  renewAt = Number.POSITIVE_INFINITY;
  /** 1: somebody has said already that it is low. */
  isLowNoted = 0;
  /** The last admissions, which share an entry that is not in the list yet: how many, and the time of the last of them. */
  latest = 0;
  latestAt = 0;
  /** What the bank last said of where the limits stand, and when. */
  answeredAt = NEVER;
  minuteFree = 0;
  minuteGrowsInMs = 0;
  dayFree = 0;
  dayGrowsInMs = 0;
  slotsElsewhere = 0;

  /** Takes the numbers from `at` on. Written out, because it is done for each request: a loop over names takes ten times as long. */
  load(numbers: Float64Array, at: number): void {
    this.holders = numbers[at] as number;
    this.active = numbers[at + 1] as number;
    this.uses = numbers[at + 2] as number;
    this.endsAt = numbers[at + 3] as number;
    this.slots = numbers[at + 4] as number;
    this.slotsEndAt = numbers[at + 5] as number;
    this.perMinute = numbers[at + 6] as number;
    this.perDay = numbers[at + 7] as number;
    this.concurrent = numbers[at + 8] as number;
    this.roomAt = numbers[at + 9] as number;
    this.closedUntil = numbers[at + 10] as number;
    this.slotsClosedUntil = numbers[at + 11] as number;
    this.requests = numbers[at + 12] as number;
    this.peak = numbers[at + 13] as number;
    this.lowAt = numbers[at + 14] as number;
    this.renewAt = numbers[at + 15] as number;
    this.isLowNoted = numbers[at + 16] as number;
    this.latest = numbers[at + 17] as number;
    this.latestAt = numbers[at + 18] as number;
    this.answeredAt = numbers[at + 19] as number;
    this.minuteFree = numbers[at + 20] as number;
    this.minuteGrowsInMs = numbers[at + 21] as number;
    this.dayFree = numbers[at + 22] as number;
    this.dayGrowsInMs = numbers[at + 23] as number;
    this.slotsElsewhere = numbers[at + 24] as number;
  }

  /** Puts them there. */
  store(numbers: Float64Array, at: number): void {
    numbers[at] = this.holders;
    numbers[at + 1] = this.active;
    numbers[at + 2] = this.uses;
    numbers[at + 3] = this.endsAt;
    numbers[at + 4] = this.slots;
    numbers[at + 5] = this.slotsEndAt;
    numbers[at + 6] = this.perMinute;
    numbers[at + 7] = this.perDay;
    numbers[at + 8] = this.concurrent;
    numbers[at + 9] = this.roomAt;
    numbers[at + 10] = this.closedUntil;
    numbers[at + 11] = this.slotsClosedUntil;
    numbers[at + 12] = this.requests;
    numbers[at + 13] = this.peak;
    numbers[at + 14] = this.lowAt;
    numbers[at + 15] = this.renewAt;
    numbers[at + 16] = this.isLowNoted;
    numbers[at + 17] = this.latest;
    numbers[at + 18] = this.latestAt;
    numbers[at + 19] = this.answeredAt;
    numbers[at + 20] = this.minuteFree;
    numbers[at + 21] = this.minuteGrowsInMs;
    numbers[at + 22] = this.dayFree;
    numbers[at + 23] = this.dayGrowsInMs;
    numbers[at + 24] = this.slotsElsewhere;
  }
}

/** How many numbers `store` needs. */
export const TILL_NUMBERS = Object.keys(new TillState()).length;
