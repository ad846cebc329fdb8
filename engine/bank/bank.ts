/**
 * The bank's rules: how the limits of one counter are shared by several nodes, so that together they never admit more than one would.
 *
 * A node asks with its whole position. It settles what it has admitted since it last asked, keeps what it may still be using, has requests
 * decided that wait, and borrows admissions and concurrent requests to decide the next ones by itself. A loan counts whole, used or not,
 * until its window has passed after its end, or until the node settles it. Pure: state, ask and time in; state and answer out.
 *
 * Bank time is in whole milliseconds and belongs to the database. No clock of a node is compared with it: nodes give ages and get durations,
 * and both sides allow for clocks whose speeds differ by up to 1 %. docs/decisions/0027 has the argument why no window is exceeded.
 */
import { type Limits, NO_LIMITS } from "../api-key.ts";
import { DAY_MS, MINUTE_MS } from "../duration.ts";
import type { LimitField } from "../limit-fields.ts";
import { type Entries, merged, totalOf } from "./entries.ts";
import { type BankState, LOAN_MS, type Loan, SLOTS_MS, standingOf, sumOf, type WindowStanding, withoutPast } from "./ledger.ts";

/** How much the clocks of bank and node may differ in speed. */
export const DRIFT = 0.01;

export interface BankAsk {
  readonly node: string;
  /** The id of the loan that this ask makes: unique for ever. */
  readonly id: string;
  readonly limits: Limits;
  /**
   * What the node has admitted from its loan, as `[age, number, ...]`, oldest first: one list for each loan that the bank may still have under
   * its name, because an answer was lost. Only that of the loan that the bank has is settled; the bank has seen all the others.
   */
  readonly settle: readonly { readonly loan: string; readonly used: readonly number[] }[];
  /** What of its loan the node goes on using while it asks. `slots` are all that it holds; `spareSlots` of them are free. */
  readonly keep: { readonly uses: number; readonly slots: number; readonly spareSlots: number };
  /** Requests that wait for a decision; `holding` of them need a slot. */
  readonly waiting: { readonly requests: number; readonly holding: number };
  /** What it would like to have besides. */
  readonly want: { readonly uses: number; readonly slots: number };
  /** The key has left memory, so `limits` may no longer be in force. Nobody but the requests under way uses what is kept. */
  readonly isLeft: boolean;
}

export interface BankAnswer {
  /** How many of the waiting requests are admitted, and how many of those that need a slot have one. */
  readonly admitted: number;
  readonly slotsForWaiting: number;
  /** What was lent besides what the node kept, for `LOAN_MS` and `SLOTS_MS` from when the node began to ask. */
  readonly uses: number;
  readonly slots: number;
  /** Requests were refused because a window was full: after how long it has room. 0 otherwise. */
  readonly roomInMs: number;
  /** Requests were refused: nodes whose loans, given back, could make room. */
  readonly lenders: readonly string[];
  /** Where the limits stand now. `slotsElsewhere` are lent to other nodes. */
  readonly minute: WindowStanding;
  readonly day: WindowStanding;
  readonly slotsElsewhere: number;
  /** What the node's requests under way are to come down to, if they are more than that. */
  readonly slotsAtMost: number;
}

/** The state is the same object as before when nothing has to be written; then nothing is lent to this node. `now` is bank time, with fractions, and `latest` the latest that it can be: what is admitted counts from there. */
export function decide(
  before: BankState,
  ask: BankAsk,
  now: number,
  latest = now,
): { readonly state: BankState; readonly answer: BankAnswer } {
  const { limits, keep, waiting, want } = ask;
  const settled = settle(withoutPast(before, limits.requestsPerDay, now), ask, now);
  const others = settled.loans.filter(({ node }) => node !== ask.node);
  const inForce = others.filter(({ uses, end }) => uses > 0 && end > now);
  const holders = others.filter(({ slots, slotsEnd }) => slots > 0 && slotsEnd > now);
  // What was lent under stricter limits is used under them: nobody is admitted beyond those as long as it lasts and something is left of it.
  const inUse = [limits, ...inForce.map((loan) => loan.limits)];
  const [perMinute, perDay] = [strictest(inUse, "requestsPerMinute"), strictest(inUse, "requestsPerDay")];
  const concurrent = strictest([limits, ...holders.map((loan) => loan.limits)], "concurrentRequests");

  const lent = sumOf(others, ({ uses }) => uses) + keep.uses;
  const room = Math.max(0, Math.min(perMinute - totalOf(settled.minute), perDay - totalOf(settled.day)) - lent);
  const slotsElsewhere = sumOf(holders, ({ slots }) => slots);
  const freeSlots = Math.max(0, concurrent - slotsElsewhere - keep.slots);
  // Of its spare slots, those for requests that wait are given back to decide by: where they had ended meanwhile, another node may have them.
  const keptInUse = keep.slots - Math.min(keep.spareSlots, waiting.holding);
  const slotsForWaiting = Math.min(waiting.holding, Math.max(0, concurrent - slotsElsewhere - keptInUse));
  const admitted = Math.min(waiting.requests - waiting.holding + slotsForWaiting, room);
  const neededSlots = concurrent === Number.POSITIVE_INFINITY ? 0 : Math.max(0, Math.min(slotsForWaiting, admitted) - keep.spareSlots);

  const uses = room === Number.POSITIVE_INFINITY ? 0 : Math.max(0, Math.min(want.uses, fairShare(room - admitted, keep.uses, others)));
  const spare = concurrent === Number.POSITIVE_INFINITY ? 0 : Math.min(want.slots, Math.floor((freeSlots - neededSlots) / 2));
  const slots = neededSlots + spare;
  const own: Loan = {
    node: ask.node,
    id: ask.id,
    uses: keep.uses + uses,
    slots: keep.slots + slots,
    end: Math.ceil(latest + LOAN_MS),
    slotsEnd: Math.ceil(latest + SLOTS_MS),
    limits: ask.isLeft ? NO_LIMITS : limits,
  };
  const isLoan = own.uses > 0 || own.slots > 0;

  const admissions = admitted > 0 ? [Math.ceil(latest), admitted] : [];
  const state = {
    ...counted(settled, admissions, limits),
    loans: isLoan ? [...others, own] : others,
  };
  const isChanged = isLoan || admitted > 0 || before.loans.some(({ node }) => node === ask.node);

  const minute = standingOf(state.minute, state.loans, MINUTE_MS, perMinute, now);
  const day = standingOf(state.day, state.loans, DAY_MS, perDay, now);
  const areRefused = admitted < waiting.requests;
  const lacksRoom = areRefused && room === admitted;
  const lacksSlots = slotsForWaiting < waiting.holding;
  const lenders = [...(lacksRoom ? others.filter((loan) => loan.uses > 0) : []), ...(lacksSlots ? holders : [])];
  const roomInMs = Math.max(minute.free > 0 ? 0 : minute.growsInMs, day.free > 0 ? 0 : day.growsInMs);
  return {
    state: isChanged ? state : before,
    answer: {
      admitted,
      slotsForWaiting,
      uses,
      slots,
      roomInMs: lacksRoom ? roomInMs : 0,
      lenders: [...new Set(lenders.map(({ node }) => node))],
      minute,
      day,
      slotsElsewhere,
      slotsAtMost: Math.max(0, concurrent - slotsElsewhere),
    },
  };
}

/**
 * Of all that is free or lent: an equal part for each node that has borrowed, for this one and for one more, less what this one keeps. Never more than is
 * free. So a node that comes late gets as much as the others, and most of them need no recall.
 */
function fairShare(room: number, kept: number, others: readonly Loan[]): number {
  const lendable = room + kept + sumOf(others, ({ uses }) => uses);
  return Math.min(room, Math.ceil(lendable / (others.length + 2)) - kept);
}

/**
 * Counts what the node has admitted from the loan that the bank has of it, at the latest time at which that can have been: in the windows of the limits
 * under which it was lent too, for another key of the counter may ask now, or other limits be in force.
 */
function settle(state: BankState, { node, settle, limits }: BankAsk, now: number): BankState {
  const loan = state.loans.find((each) => each.node === node);
  const used = settle.find((each) => each.loan === loan?.id)?.used ?? [];
  const entries = used.map((value, at) => (at % 2 === 0 ? Math.ceil(now - value * (1 - DRIFT)) : value));
  const requestsPerMinute = limits.requestsPerMinute ?? loan?.limits.requestsPerMinute ?? null;
  const requestsPerDay = limits.requestsPerDay ?? loan?.limits.requestsPerDay ?? null;
  return { ...state, ...counted(state, entries, { requestsPerMinute, requestsPerDay }) };
}

/** Admissions count in the windows that have a limit. */
function counted(
  { minute, day }: BankState,
  entries: Entries,
  { requestsPerMinute, requestsPerDay }: Pick<Limits, "requestsPerMinute" | "requestsPerDay">,
): Pick<BankState, "minute" | "day"> {
  if (entries.length === 0) return { minute, day };
  return {
    minute: requestsPerMinute === null ? minute : merged(minute, entries, requestsPerMinute),
    day: requestsPerDay === null ? day : merged(day, entries, requestsPerDay),
  };
}

function strictest(limits: readonly Limits[], field: LimitField): number {
  return Math.min(...limits.map((each) => each[field] ?? Number.POSITIVE_INFINITY));
}
