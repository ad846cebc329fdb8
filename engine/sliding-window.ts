/**
 * A sliding window: in no stretch of `windowMs` are more than `limit` requests admitted, whatever the arrival pattern.
 *
 * It remembers admissions as a queue of entries (time of the last admission in the entry, number of admissions). Up to 1,000 per
 * window every admission has its own time: the window is exact. Above, up to 1 % of the limit share an entry, which leaves the
 * window when its last admission does: never over the limit, at most 1 % under it, and at most 201 entries. Grouping by number
 * instead of by fixed spans of time keeps both promises for bursts too, and the moment of release exact.
 *
 * Time is given by the caller, in milliseconds of a monotonic clock. One that goes back all the same only makes entries stay longer.
 */

/**
 * One array of numbers and nothing else, for there may be a million: its length in milliseconds, how many admissions count, the place of
 * the first entry and the number of entries, and then a ring of entries, each a time and a number. In memory that threads share it is a part
 * of a larger array and cannot grow by itself: its owner moves it (`windowIn`, `isFull`, `moveWindow`).
 */
export type SlidingWindow = number[] | Float64Array;

const EXACT_UP_TO = 1_000;
const [WINDOW_MS, TOTAL, FIRST, ENTRIES, RING] = [0, 1, 2, 3, 4] as const;

/** A window in which nothing has been admitted. The fraction makes V8 keep all of its numbers in place from the start. */
export function openWindow(windowMs: number): SlidingWindow {
  return [windowMs, 0, 0, 0, 0.5, 0];
}

/** The same in a place that may have held anything: it needs room for `ROOM_FOR_ONE` numbers at least. */
export function windowIn(place: Float64Array, windowMs: number): SlidingWindow {
  place.fill(0, 0, RING);
  place[WINDOW_MS] = windowMs;
  return place;
}

/** Numbers that a window with room for a single entry takes. */
export const ROOM_FOR_ONE = RING + 2;

/** Whether one more admission may need more room than there is. */
export function isFull(window: SlidingWindow, now: number): boolean {
  forget(window, now);
  return roomTaken(window) === window.length;
}

/** Copies a window to a place with room for all of its entries. */
export function moveWindow(window: SlidingWindow, place: Float64Array): SlidingWindow {
  const moved = windowIn(place, field(window, WINDOW_MS));
  const entries = field(window, ENTRIES);
  moved[TOTAL] = field(window, TOTAL);
  moved[ENTRIES] = entries;
  for (let index = 0; index < entries; index++) {
    const [from, to] = [placeOf(window, index), RING + index * 2];
    moved[to] = field(window, from);
    moved[to + 1] = field(window, from + 1);
  }
  return moved;
}

/** When `limit` admits one more: 0 for now, else the first moment at which the same request would pass. Charges nothing. */
export function admitsAt(window: SlidingWindow, limit: number, now: number): number {
  forget(window, now);
  let total = field(window, TOTAL);
  if (total < limit) return 0;
  for (let index = 0; index < field(window, ENTRIES); index++) {
    const at = placeOf(window, index);
    total -= field(window, at + 1);
    if (total < limit) return field(window, at) + field(window, WINDOW_MS);
  }
  return now + field(window, WINDOW_MS);
}

/** Counts one admission; returns the window to keep, which is another one when it had to grow. Call it only after `admitsAt` returned 0 for every limit of the request. */
export function countAdmission(window: SlidingWindow, limit: number, now: number): SlidingWindow {
  return add(window, now, 1, limit <= EXACT_UP_TO ? 1 : Math.floor(limit / 100));
}

/** Admissions left now. */
export function remainingIn(window: SlidingWindow, limit: number, now: number): number {
  forget(window, now);
  return Math.max(0, limit - field(window, TOTAL));
}

/** When `remainingIn` next grows: a time of the same clock; `now` plus the window when nothing counts. */
export function growsAt(window: SlidingWindow, limit: number, now: number): number {
  const at = admitsAt(window, limit, now);
  if (at !== 0) return at;
  return (field(window, ENTRIES) === 0 ? now : field(window, placeOf(window, 0))) + field(window, WINDOW_MS);
}

/**
 * The entries as `[time, number, ...]`, oldest first, at most about `mostEntries` of them: neighbours are joined at the later
 * time, so that a restored window never admits more than this one would have.
 */
export function snapshotOf(window: SlidingWindow, now: number, mostEntries: number): number[] {
  forget(window, now);
  const perEntry = Math.ceil(field(window, ENTRIES) / mostEntries);
  const entries: number[] = [];
  for (let index = 0; index < field(window, ENTRIES); index++) {
    const at = placeOf(window, index);
    const [time, number] = [field(window, at), field(window, at + 1)];
    if (index % perEntry === 0) entries.push(time, number);
    else {
      entries[entries.length - 2] = time;
      entries[entries.length - 1] = field(entries, entries.length - 1) + number;
    }
  }
  return entries;
}

/** A window with these entries, as `snapshotOf` returns them. */
export function restoreWindow(windowMs: number, entries: readonly number[]): SlidingWindow {
  let window = openWindow(windowMs);
  for (let at = 0; at + 1 < entries.length; at += 2) window = add(window, field(entries, at), field(entries, at + 1), 0);
  return window;
}

function add(window: SlidingWindow, now: number, number: number, mostPerEntry: number): SlidingWindow {
  window[TOTAL] = field(window, TOTAL) + number;
  const entries = field(window, ENTRIES);
  if (entries > 0) {
    const at = placeOf(window, entries - 1);
    const time = field(window, at);
    // Same millisecond: the entry stays exact. Otherwise join while the entry is small enough for the limit.
    if (now <= time || field(window, at + 1) + number <= mostPerEntry) {
      window[at] = Math.max(time, now);
      window[at + 1] = field(window, at + 1) + number;
      return window;
    }
  }
  const roomy = roomTaken(window) === window.length ? grown(window) : window;
  const at = placeOf(roomy, entries);
  roomy[ENTRIES] = entries + 1;
  roomy[at] = now;
  roomy[at + 1] = number;
  return roomy;
}

function forget(window: SlidingWindow, now: number): void {
  while (field(window, ENTRIES) > 0) {
    const at = placeOf(window, 0);
    if (field(window, at) + field(window, WINDOW_MS) > now) return;
    window[TOTAL] = field(window, TOTAL) - field(window, at + 1);
    window[FIRST] = at + 2 === window.length ? 0 : field(window, FIRST) + 1;
    window[ENTRIES] = field(window, ENTRIES) - 1;
  }
}

/** The place in the array of the entry with this index, the oldest being 0. */
function placeOf(window: SlidingWindow, index: number): number {
  const at = RING + (field(window, FIRST) + index) * 2;
  return at < window.length ? at : at - (window.length - RING);
}

const roomTaken = (window: SlidingWindow): number => RING + field(window, ENTRIES) * 2;

/** The same with room for twice as many entries, in order from the first place. */
function grown(window: SlidingWindow): SlidingWindow {
  if (!Array.isArray(window)) throw new RangeError("a window in shared memory must be moved before it is full");
  const first = placeOf(window, 0);
  const header = [field(window, WINDOW_MS), field(window, TOTAL), 0, field(window, ENTRIES)];
  // `concat` makes an array of exactly this length; one that grows by itself keeps room for 16 more. The new half is filled with anything.
  return header.concat(window.slice(first), window.slice(RING, first), window.slice(RING));
}

const field = (numbers: readonly number[] | Float64Array, at: number): number => numbers[at] as number;
