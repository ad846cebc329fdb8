/** The values of the key form, as typed. */
import type { ApiKey } from "@keyward/sdk";
import { type ExpiryDraft, NEVER, readExpiry, writeExpiry } from "./expiry.ts";
import { formatList } from "./list-text.ts";
import type { Prefill } from "./prefill.ts";

export const LIMITS = [
  { name: "requestsPerMinute", label: "Per minute" },
  { name: "requestsPerDay", label: "Per day" },
  { name: "concurrentRequests", label: "At the same time" },
] as const;

export type LimitName = (typeof LIMITS)[number]["name"];
export type Environment = ApiKey["environment"];

export interface Draft {
  readonly name: string;
  readonly environment: Environment;
  readonly expiry: ExpiryDraft;
  /** Lists as text, separated by commas. */
  readonly domains: string;
  readonly scopes: string;
  readonly allResources: boolean;
  readonly resources: string;
  /** Empty for no limit. */
  readonly limits: Readonly<Record<LimitName, string>>;
}

/** The form for a new key, with no scopes except those in the address. `environment` is the default. */
export function newDraft(prefill: Prefill, environment: Environment, now: number): Draft {
  const { name = "", expires, domains = "", scopes = "", resources = "", limits = "" } = prefill;
  return {
    name,
    environment: prefill.in ?? environment,
    expiry: readExpiry(expires, now),
    domains,
    scopes,
    allResources: prefill.resources === undefined,
    resources,
    limits: readLimits(limits),
  };
}

/** The form for an existing key. */
export function draftOf(key: ApiKey): Draft {
  const text = (limit: number | null) => (limit === null ? "" : String(limit));
  return {
    name: key.name ?? "",
    environment: key.environment,
    expiry: { ...NEVER, choice: "kept" },
    domains: formatList(key.domains),
    scopes: formatList(key.scopes),
    allResources: key.resources === null,
    resources: formatList(key.resources ?? []),
    limits: eachLimit((name) => text(key.limits[name])),
  };
}

/** What was typed, for the address that restores the form after signing in again: all values that differ from the empty form. */
export function prefillOf(draft: Draft, environment: Environment, now: number): Prefill {
  const empty = inAddress(newDraft({}, environment, now), now);
  const isTyped = ([name, value]: [string, string | undefined]) => value !== undefined && value !== empty[name];
  return Object.fromEntries(Object.entries(inAddress(draft, now)).filter(isTyped));
}

function inAddress(draft: Draft, now: number): Record<string, string | undefined> {
  const { name, environment, expiry, domains, scopes, allResources, resources, limits } = draft;
  return {
    name,
    in: environment,
    expires: writeExpiry(expiry, now),
    domains,
    scopes,
    resources: allResources ? undefined : resources,
    limits: LIMITS.map((limit) => limits[limit.name]).join(),
  };
}

function readLimits(text: string): Draft["limits"] {
  const values = text.split(",");
  return eachLimit((_name, at) => values[at] ?? "");
}

/** A value for each limit; `at` is its place in `LIMITS`. */
export function eachLimit<Value>(valueFor: (name: LimitName, at: number) => Value): Record<LimitName, Value> {
  return Object.fromEntries(LIMITS.map(({ name }, at) => [name, valueFor(name, at)])) as Record<LimitName, Value>;
}
