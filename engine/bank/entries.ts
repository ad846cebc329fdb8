/**
 * Admissions that the bank remembers of one window: `[time, number, time, number, ...]`, oldest first, in whole milliseconds of bank time.
 * Up to a limit of 1,000 every admission keeps its own millisecond. Above, neighbours are joined at the later time while they hold at most
 * 1 % of the limit together, as in `sliding-window.ts`: never over the limit, at most 1 % under it, and at most about 200 entries.
 */

export type Entries = readonly number[];

const EXACT_UP_TO = 1_000;

/** Admissions in all of them. */
export function totalOf(entries: Entries): number {
  let total = 0;
  for (let at = 1; at < entries.length; at += 2) total += entries[at] as number;
  return total;
}

/** Without those that are at least `windowMs` old. */
export function withoutOld(entries: Entries, windowMs: number, now: number): Entries {
  let first = 0;
  while (first < entries.length && (entries[first] as number) + windowMs <= now) first += 2;
  return first === 0 ? entries : entries.slice(first);
}

/** Both lists, in order, grouped as far as `limit` permits. */
export function merged(a: Entries, b: Entries, limit: number): Entries {
  const mostTogether = limit <= EXACT_UP_TO ? 1 : Math.floor(limit / 100);
  const result: number[] = [];
  for (let [inA, inB] = [0, 0]; inA < a.length || inB < b.length; ) {
    const takeA = inB >= b.length || (inA < a.length && (a[inA] as number) <= (b[inB] as number));
    const [from, at] = takeA ? [a, inA] : [b, inB];
    if (takeA) inA += 2;
    else inB += 2;
    append(result, from[at] as number, from[at + 1] as number, mostTogether);
  }
  return result;
}

function append(result: number[], time: number, number: number, mostTogether: number): void {
  const last = result.length - 2;
  const joined = (result[last + 1] ?? 0) + number;
  if (last >= 0 && (result[last] === time || joined <= mostTogether)) {
    result[last] = time;
    result[last + 1] = joined;
  } else result.push(time, number);
}
