/** Limits: which ones apply to a key, and counting a request against all of them or none. */
import type { Limits, Plan } from "./api-key.ts";
import { SECOND_MS } from "./duration.ts";
import { invalid, type Outcome, ok } from "./errors.ts";
import { byLimitField, LIMIT_FIELDS, LIMITS, type LimitField, type LimitName } from "./limit-fields.ts";
import { admitsAt, countAdmission, growsAt, openWindow, remainingIn, type SlidingWindow } from "./sliding-window.ts";

/** Far above any real limit, and small enough for exact sums. */
export const LARGEST_LIMIT = 1_000_000_000;

const [MINUTE, DAY, CONCURRENT] = LIMITS;

/** Counts the requests of one key, or of a key and its successors. A window is created when a limit first needs it. */
export class Counter {
  minute: SlidingWindow | undefined = undefined;
  day: SlidingWindow | undefined = undefined;
  /** Concurrent requests. Only in memory: after a restart there are none. */
  active = 0;
}

/**
 * Admits a request if every limit allows it, counts it against all of them, and returns 0. Otherwise counts nothing and returns the first
 * time at which the same request would pass. Times are milliseconds on a monotonic clock. With `holds`, the request counts as concurrent
 * until the caller lowers `counter.active` again.
 */
export function admit(counter: Counter, limits: Limits, now: number, holds: boolean): number {
  const { requestsPerMinute, requestsPerDay, concurrentRequests } = limits;
  let at = 0;
  if (requestsPerMinute !== null) {
    counter.minute ??= openWindow(MINUTE.windowMs);
    at = admitsAt(counter.minute, requestsPerMinute, now);
  }
  if (requestsPerDay !== null) {
    counter.day ??= openWindow(DAY.windowMs);
    at = Math.max(at, admitsAt(counter.day, requestsPerDay, now));
  }
  // It is not known when a request under way will end. One second is the shortest Retry-After.
  if (holds && concurrentRequests !== null && counter.active >= concurrentRequests) at = Math.max(at, now + SECOND_MS);
  if (at !== 0) return at;
  if (requestsPerMinute !== null && counter.minute !== undefined) counter.minute = countAdmission(counter.minute, requestsPerMinute, now);
  if (requestsPerDay !== null && counter.day !== undefined) counter.day = countAdmission(counter.day, requestsPerDay, now);
  if (holds) counter.active++;
  return 0;
}

/** Whether a request would be admitted now. Counts nothing and creates no window. */
export function wouldAdmit({ minute, day, active }: Counter, limits: Limits, now: number): boolean {
  const { requestsPerMinute, requestsPerDay, concurrentRequests } = limits;
  if (requestsPerMinute !== null && minute !== undefined && admitsAt(minute, requestsPerMinute, now) !== 0) return false;
  if (requestsPerDay !== null && day !== undefined && admitsAt(day, requestsPerDay, now) !== 0) return false;
  return concurrentRequests === null || active < concurrentRequests;
}

/** The state of one limit, in the terms of the IETF draft for `RateLimit` header fields. */
export interface RateLimit {
  readonly name: LimitName;
  readonly limit: number;
  readonly remaining: number;
  /** Seconds until `remaining` grows, rounded up; 0 for concurrent requests. */
  readonly resetSeconds: number;
  /** Length of the window; 0 for concurrent requests. */
  readonly windowSeconds: number;
}

export function rateLimits(counter: Counter, limits: Limits, now: number): RateLimit[] {
  const states: RateLimit[] = [];
  if (limits.requestsPerMinute !== null) states.push(windowState(MINUTE, limits.requestsPerMinute, counter.minute, now));
  if (limits.requestsPerDay !== null) states.push(windowState(DAY, limits.requestsPerDay, counter.day, now));
  if (limits.concurrentRequests !== null) {
    const remaining = Math.max(0, limits.concurrentRequests - counter.active);
    states.push({ name: CONCURRENT.name, limit: limits.concurrentRequests, remaining, resetSeconds: 0, windowSeconds: 0 });
  }
  return states;
}

function windowState(
  { name, windowMs }: typeof MINUTE | typeof DAY,
  limit: number,
  window: SlidingWindow | undefined,
  now: number,
): RateLimit {
  const windowSeconds = windowMs / SECOND_MS;
  if (window === undefined) return { name, limit, remaining: limit, resetSeconds: windowSeconds, windowSeconds };
  return {
    name,
    limit,
    remaining: remainingIn(window, limit, now),
    resetSeconds: Math.ceil((growsAt(window, limit, now) - now) / SECOND_MS),
    windowSeconds,
  };
}

/** Whole seconds from `now` until `at`, rounded up: what `Retry-After` says. */
export function secondsUntil(at: number, now: number): number {
  return Math.max(1, Math.ceil((at - now) / SECOND_MS));
}

/** The limits that apply to a key: the organization's override or else its plan's limit, or the key's own limit if that is smaller. */
export function effectiveLimits(plan: Limits, overrides: Partial<Limits>, ofKey: Limits): Limits {
  return byLimitField((field) => least(overridden(plan[field], overrides[field]), ofKey[field]));
}

export type LimitSource = "plan" | "organization" | "key";

const FIELD_OF = Object.fromEntries(LIMITS.map(({ name, field }) => [name, field])) as Readonly<Record<LimitName, LimitField>>;

/** Where the limit that applies comes from; on a tie, the broader source. */
export function limitSource(
  name: LimitName,
  { plan, overrides, ofKey }: { readonly plan: Limits; readonly overrides: Partial<Limits>; readonly ofKey: Limits },
): LimitSource {
  const limit = FIELD_OF[name];
  const [granted, own] = [overridden(plan[limit], overrides[limit]), ofKey[limit]];
  if (own !== null && (granted === null || own < granted)) return "key";
  return overrides[limit] === undefined ? "plan" : "organization";
}

/** Whether no limit is set. Such a key needs no counter. */
export function isUnlimited(limits: Limits): boolean {
  return LIMIT_FIELDS.every((field) => limits[field] === null);
}

/** How many active keys an organization may have; null for any number. A plan that no longer exists allows none. */
export function keysAllowed(overrides: Partial<Plan>, planned: number | null = 0): number | null {
  return overridden(planned, overrides.keys);
}

/** An override is a number, or null for no limit. If it is absent, the plan's limit applies. */
function overridden(planned: number | null, override: number | null | undefined): number | null {
  return override === undefined ? planned : override;
}

/** The smaller of two numbers, where null means no bound. */
export function least(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}

/** Checks a limit: null, or a whole number of at least 1. The refusal names `field`. */
function parseLimit(value: number | null, field: string): Outcome<number | null> {
  if (value === null || (Number.isInteger(value) && value >= 1 && value <= LARGEST_LIMIT)) return ok(value);
  return invalid(field, `${field} must be a whole number from 1 to ${LARGEST_LIMIT}, or null for no limit`);
}

/** Limits as the caller gives them, unchecked. */
export type GivenLimits<Name extends keyof Plan = keyof Limits> = Readonly<Partial<Record<Name, number | null | undefined>>>;

/** Checks each given limit; absent ones stay absent. The refusal names `<field>.<limit>`. */
export function parseLimits<Name extends keyof Plan>(
  given: GivenLimits<Name>,
  names: readonly Name[],
  field = "limits",
): Outcome<Partial<Record<Name, number | null>>> {
  const limits: Partial<Record<Name, number | null>> = {};
  for (const name of names) {
    const value = given[name];
    if (value === undefined) continue;
    const limit = parseLimit(value, `${field}.${name}`);
    if (!limit.ok) return limit;
    limits[name] = limit.value;
  }
  return ok(limits);
}
