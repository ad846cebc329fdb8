/** Checks the settings of a key as they come from outside. */
import { parseDomains } from "../engine/domain.ts";
import { DAY_MS, parseDuration, SECOND_MS } from "../engine/duration.ts";
import { invalid, type Outcome, ok } from "../engine/errors.ts";
import type { KeyChanges } from "../engine/key-changes.ts";
import type { KeySystem } from "../engine/key-system.ts";
import { LIMIT_FIELDS } from "../engine/limit-fields.ts";
import { type GivenLimits, parseLimits } from "../engine/limits.ts";
import { parseName } from "../engine/name.ts";
import { parseResources } from "../engine/resources.ts";
import { parseScopes } from "../engine/scopes.ts";
import { parseTimestamp } from "../engine/timestamp.ts";

/** At most ten years: more is a typing error. */
export const EXPIRY_RANGE = { minimumMs: SECOND_MS, maximumMs: 3650 * DAY_MS };

/** Settings as the caller gives them, unchecked. Absent ones are left as they are, or get their default when a key is created. */
export interface KeySettings {
  readonly name?: string | null | undefined;
  readonly scopes?: readonly string[] | undefined;
  /** The resources that the key is restricted to, such as addresses of agents; null for no restriction. */
  readonly resources?: readonly string[] | null | undefined;
  /** The websites from which the public key of a pair may be used alone. */
  readonly domains?: readonly string[] | undefined;
  readonly limits?: GivenLimits | undefined;
  /** RFC 3339, in the future; null for never. */
  readonly expiresAt?: string | null | undefined;
  /** A duration from now, such as `90d`, instead of `expiresAt`. */
  readonly expiresIn?: string | undefined;
}

type Readings = {
  readonly [Name in keyof KeyChanges]-?: (given: KeySettings, system: KeySystem, now: number) => Outcome<KeyChanges[Name] | undefined>;
};

/** How each setting is read; undefined means that it was not given. */
const READINGS: Omit<Readings, "enabled"> = {
  name: ({ name }) => (name === undefined || name === null ? ok(name) : parseName(name)),
  scopes: ({ scopes }, system) => (scopes === undefined ? ok(undefined) : readScopes(scopes, system)),
  resources: ({ resources }, system) =>
    resources === undefined ? ok(undefined) : parseResources(resources === null ? null : resources.map(system.canonicalResource)),
  domains: ({ domains }, { keyForm }) => {
    if (domains === undefined) return ok(undefined);
    return keyForm.kind === "pair"
      ? parseDomains(domains)
      : invalid("domains", "domains belong to key pairs; keys of this platform are one secret");
  },
  limits: ({ limits }) => (limits === undefined ? ok(undefined) : parseLimits(limits, LIMIT_FIELDS)),
  expiresAt: readExpiry,
};

/** The given settings, checked; absent ones stay absent. The refusal names the field. `now` is milliseconds since the epoch. */
export function readSettings(given: KeySettings, system: KeySystem, now: number): Outcome<KeyChanges> {
  const settings: Record<string, unknown> = {};
  for (const [name, read] of Object.entries(READINGS)) {
    const outcome = read(given, system, now);
    if (!outcome.ok) return outcome;
    if (outcome.value !== undefined) settings[name] = outcome.value;
  }
  return ok(settings);
}

function readScopes(given: readonly string[], system: KeySystem): Outcome<readonly string[]> {
  const scopes = parseScopes(given);
  if (!scopes.ok || system.scopes === null) return scopes;
  const unknown = scopes.value.find((scope) => !system.scopes?.includes(scope));
  return unknown === undefined ? scopes : invalid("scopes", `${unknown} is not a scope; there are ${system.scopes.join(", ")}`);
}

function readExpiry({ expiresAt, expiresIn }: KeySettings, _system: KeySystem, now: number): Outcome<number | null | undefined> {
  if (expiresIn !== undefined) {
    if (expiresAt !== undefined) return invalid("expiresIn", "give expiresAt or expiresIn, not both");
    const duration = parseDuration(expiresIn, "expiresIn", EXPIRY_RANGE);
    return duration.ok ? ok(now + duration.value) : duration;
  }
  if (expiresAt === undefined || expiresAt === null) return ok(expiresAt);
  const time = parseTimestamp(expiresAt, "expiresAt");
  if (time.ok && time.value <= now) return invalid("expiresAt", "expiresAt must be in the future");
  return time;
}
