/** Limits: which of them hold for a key, and counting against all of them or none. */
import type { Limits, Plan } from "./api-key.ts";
import { SECOND_MS } from "./duration.ts";
import { invalid, type Outcome, ok } from "./errors.ts";
import { byLimitField, LIMIT_FIELDS, LIMITS, type LimitField, type LimitName } from "./limit-fields.ts";
import { SlidingWindow } from "./sliding-window.ts";

/** Far above any real limit, and far below where sums of two stop being exact. */
export const LARGEST_LIMIT = 1_000_000_000;

const [MINUTE, DAY, CONCURRENT] = LIMITS;

/** Counts the requests of one key, or of keys that replaced one another. Windows are made when a limit first needs them. */
export class Counter {
  minute: SlidingWindow | undefined = undefined;
  day: SlidingWindow | undefined = undefined;
  /** Requests under way. Lives in memory alone: after a restart none are. */
  active = 0;
}

/**
 * Admits one request against every limit, or charges none and says when the same request would pass: 0 for admitted, else
 * a time of the same clock as `now`, which must be a monotonic one. `holds`: the request counts as under way until `counter.active` is lowered again.
 */
export function admit(counter: Counter, limits: Limits, now: number, holds: boolean): number {
  const { requestsPerMinute, requestsPerDay, concurrentRequests } = limits;
  let at = 0;
  if (requestsPerMinute !== null) {
    counter.minute ??= new SlidingWindow(MINUTE.windowMs);
    at = counter.minute.admitsAt(requestsPerMinute, now);
  }
  if (requestsPerDay !== null) {
    counter.day ??= new SlidingWindow(DAY.windowMs);
    at = Math.max(at, counter.day.admitsAt(requestsPerDay, now));
  }
  // Nobody knows when a request under way will end; a second is the soonest that Retry-After can say.
  if (holds && concurrentRequests !== null && counter.active >= concurrentRequests) at = Math.max(at, now + SECOND_MS);
  if (at !== 0) return at;
  if (requestsPerMinute !== null) counter.minute?.admit(requestsPerMinute, now);
  if (requestsPerDay !== null) counter.day?.admit(requestsPerDay, now);
  if (holds) counter.active++;
  return 0;
}

/** Whether a request would be admitted now; charges nothing and makes no window. */
export function wouldAdmit({ minute, day, active }: Counter, limits: Limits, now: number): boolean {
  const { requestsPerMinute, requestsPerDay, concurrentRequests } = limits;
  if (requestsPerMinute !== null && minute !== undefined && minute.admitsAt(requestsPerMinute, now) !== 0) return false;
  if (requestsPerDay !== null && day !== undefined && day.admitsAt(requestsPerDay, now) !== 0) return false;
  return concurrentRequests === null || active < concurrentRequests;
}

/** Where one limit stands, in the terms of the IETF draft `RateLimit` header fields. */
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
    remaining: window.remaining(limit, now),
    resetSeconds: Math.ceil((window.growsAt(limit, now) - now) / SECOND_MS),
    windowSeconds,
  };
}

/** Whole seconds to wait from `now` so that `at` has come. */
export function secondsUntil(at: number, now: number): number {
  return Math.max(1, Math.ceil((at - now) / SECOND_MS));
}

/** The limits of a key: what the organization overrides of its plan, and the smaller one of that and the key's own. */
export function effectiveLimits(plan: Limits, overrides: Partial<Limits>, ofKey: Limits): Limits {
  return byLimitField((field) => least(overridden(plan[field], overrides[field]), ofKey[field]));
}

export type LimitSource = "plan" | "organization" | "key";

const FIELD_OF = Object.fromEntries(LIMITS.map(({ name, field }) => [name, field])) as Readonly<Record<LimitName, LimitField>>;

/** Which of the three decides a limit that holds; on a tie, the broader source. */
export function limitSource(
  name: LimitName,
  { plan, overrides, ofKey }: { readonly plan: Limits; readonly overrides: Partial<Limits>; readonly ofKey: Limits },
): LimitSource {
  const limit = FIELD_OF[name];
  const [granted, own] = [overridden(plan[limit], overrides[limit]), ofKey[limit]];
  if (own !== null && (granted === null || own < granted)) return "key";
  return overrides[limit] === undefined ? "plan" : "organization";
}

/** Whether none of the limits is set: such a key needs no counter. */
export function isUnlimited(limits: Limits): boolean {
  return LIMIT_FIELDS.every((field) => limits[field] === null);
}

/** How many active keys an organization may have: null for any number. A plan that is not known any more allows none. */
export function keysAllowed(overrides: Partial<Plan>, planned: number | null = 0): number | null {
  return overridden(planned, overrides.keys);
}

/** An override says a number or, with null, "no limit"; one that is absent leaves the plan's. */
function overridden(planned: number | null, override: number | null | undefined): number | null {
  return override === undefined ? planned : override;
}

/** The smaller of two, where null stands for "no bound". */
export function least(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}

/** A limit as given from outside: null, or a whole number of at least 1; the refusal names `field`. */
function parseLimit(value: number | null, field: string): Outcome<number | null> {
  if (value === null || (Number.isInteger(value) && value >= 1 && value <= LARGEST_LIMIT)) return ok(value);
  return invalid(field, `${field} must be a whole number from 1 to ${LARGEST_LIMIT}, or null for no limit`);
}

/** Limits as they come from outside. */
export type GivenLimits<Name extends keyof Plan = keyof Limits> = Readonly<Partial<Record<Name, number | null | undefined>>>;

/** Each given limit checked, the absent ones left absent; the refusal names `<field>.<limit>`. */
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
