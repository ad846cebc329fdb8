/** From the form to the body of the request. */
import type { ApiKey, Platform } from "@keyward/sdk";
import { type Draft, draftOf, type Environment, eachLimit, LIMITS, type LimitName } from "./draft.ts";
import { expiryFault, expirySettings } from "./expiry.ts";
import { isSameList, parseList } from "./list-text.ts";

export type FormField = Platform["dashboard"]["fields"][number];

/** An input, by the name that the server uses in errors. */
type InputName = "name" | "environment" | "domains" | "expiresAt" | "expiresIn" | "scopes" | "resources" | `limits.${LimitName}`;
export type Faults = { readonly [Name in InputName]?: string | undefined };

/** What a part of the form gets. */
export interface FormPartProps {
  draft: Draft;
  onChange: (changes: Partial<Draft>) => void;
  faults: Faults;
}

const INPUTS_OF: { readonly [Field in FormField]: readonly InputName[] } = {
  environment: ["environment"],
  domains: ["domains"],
  expiry: ["expiresAt", "expiresIn"],
  scopes: ["scopes"],
  resources: ["resources"],
  limits: LIMITS.map(({ name }) => `limits.${name}` as const),
};

/** The inputs of a form with these fields. */
export function shownInputs(fields: readonly FormField[]): readonly InputName[] {
  return ["name", ...fields.flatMap((field) => INPUTS_OF[field])];
}

export interface Settings {
  readonly name?: string | null;
  readonly environment?: Environment;
  readonly domains?: readonly string[];
  readonly expiresIn?: string;
  readonly expiresAt?: string | null;
  readonly scopes?: readonly string[];
  readonly resources?: readonly string[] | null;
  readonly limits?: { readonly [Name in LimitName]?: number | null };
}

/**
 * Errors that need no server. `now` is milliseconds since the epoch. With `needsScopes`, at least one scope must be chosen if the form has
 * scopes.
 */
export function faultsOf(draft: Draft, fields: readonly FormField[], now: number, needsScopes: boolean): Faults {
  const faults: { [Name in InputName]?: string } = {};
  const late = fields.includes("expiry") ? expiryFault(draft.expiry, now) : undefined;
  if (late !== undefined) faults.expiresAt = late;
  if (needsScopes && fields.includes("scopes") && parseList(draft.scopes).length === 0)
    faults.scopes = "Choose at least one scope. A key without scopes can do nothing.";
  if (fields.includes("resources") && !draft.allResources && parseList(draft.resources).length === 0)
    faults.resources = "Enter at least one, or choose All.";
  for (const { name } of fields.includes("limits") ? LIMITS : [])
    if (!/^([1-9]\d{0,9})?$/.test(draft.limits[name].trim()))
      faults[`limits.${name}`] = "Enter a whole number of 1 or more, or leave this empty for no limit.";
  return faults;
}

/** For a new key. Empty settings are left out. */
export function newSettings(draft: Draft, fields: readonly FormField[]): Settings {
  const name = draft.name.trim();
  const limits = limitsOf(draft);
  const domains = parseList(draft.domains);
  const parts: { readonly [Field in FormField]: Settings } = {
    environment: { environment: draft.environment },
    domains: domains.length === 0 ? {} : { domains },
    expiry: expirySettings(draft.expiry, true),
    // Sent even if empty: without `scopes` a key may do everything.
    scopes: { scopes: parseList(draft.scopes) },
    resources: draft.allResources ? {} : { resources: parseList(draft.resources) },
    limits: Object.values(limits).every((limit) => limit === null) ? {} : { limits },
  };
  return { ...(name !== "" && { name }), ...chosen(parts, fields) };
}

/** For an existing key: only what differs from it. */
export function changedSettings(key: ApiKey, draft: Draft, fields: readonly FormField[]): Settings {
  const name = draft.name.trim() || null;
  const resources = draft.allResources ? null : parseList(draft.resources);
  const parts: { readonly [Field in FormField]: Settings } = {
    environment: {},
    domains: listChange("domains", key.domains, parseList(draft.domains)),
    expiry: expirySettings(draft.expiry, false),
    scopes: listChange("scopes", key.scopes, parseList(draft.scopes)),
    resources: isSameResources(key.resources, resources) ? {} : { resources },
    limits: limitChanges(key, draft),
  };
  return { ...(name !== key.name && { name }), ...chosen(parts, fields) };
}

function chosen(parts: { readonly [Field in FormField]: Settings }, fields: readonly FormField[]): Settings {
  return Object.assign({}, ...fields.map((field) => parts[field]));
}

function listChange(name: "domains" | "scopes", before: readonly string[], after: readonly string[]): Settings {
  return isSameList(before, after) ? {} : { [name]: after };
}

function isSameResources(before: readonly string[] | null, after: readonly string[] | null): boolean {
  return before === null || after === null ? before === after : isSameList(before, after);
}

function limitsOf({ limits }: Draft): Record<LimitName, number | null> {
  const value = (text: string) => (text.trim() === "" ? null : Number(text));
  return eachLimit((name) => value(limits[name]));
}

function limitChanges(key: ApiKey, draft: Draft): Settings {
  const [before, after] = [limitsOf(draftOf(key)), limitsOf(draft)];
  const limits = Object.fromEntries(LIMITS.flatMap(({ name }) => (before[name] === after[name] ? [] : [[name, after[name]]])));
  return Object.keys(limits).length === 0 ? {} : { limits };
}
