/** The search parameters of the list of keys: filters, order, and the form that creates a key. */
import type { KeyQuery } from "@keyward/sdk";
import type { Prefill } from "../../keys/dialogs/prefill.ts";

export const STATUSES = [
  "current",
  "active",
  "disabled",
  "expiring",
  "expired",
  "rotating",
  "rotation_due",
  "unused",
  "revoked",
] as const satisfies readonly NonNullable<KeyQuery["status"]>[];
export type StatusFilter = (typeof STATUSES)[number];

const SORTS = [
  "createdAt",
  "-createdAt",
  "name",
  "-name",
  "lastUsedAt",
  "-lastUsedAt",
  "expiresAt",
  "-expiresAt",
] as const satisfies readonly NonNullable<KeyQuery["sort"]>[];
export type Sort = (typeof SORTS)[number];

/** The server's limit. */
export const SEARCH_MAX_CHARACTERS = 128;

export interface KeysSearch extends Prefill {
  readonly search?: string | undefined;
  /** Absent means `current`: all but revoked keys. */
  readonly status?: StatusFilter | undefined;
  readonly environment?: "live" | "test" | undefined;
  /** Absent means `-createdAt`. */
  readonly sort?: Sort | undefined;
  /** The form that creates a key is open. */
  readonly create?: boolean | undefined;
}

/** Invalid values are left out, so that a mistyped address shows the whole list. */
export function readKeysSearch(search: Record<string, unknown>): KeysSearch {
  const text = (name: string) => (typeof search[name] === "string" && search[name] !== "" ? search[name] : undefined);
  const list = (name: string) => (typeof search[name] === "string" ? search[name] : undefined);
  const oneOf = <Value extends string>(name: string, values: readonly Value[]) => values.find((value) => value === search[name]);
  const read: KeysSearch = {
    search: text("search")?.slice(0, SEARCH_MAX_CHARACTERS) ?? (typeof search.search === "number" ? String(search.search) : undefined),
    status: oneOf("status", STATUSES),
    environment: oneOf("environment", ["live", "test"]),
    sort: oneOf("sort", SORTS),
    create: search.create === true || search.create === "" || search.create === 1 || search.create === "true" ? true : undefined,
    name: text("name"),
    expires: text("expires"),
    domains: text("domains"),
    scopes: list("scopes"),
    in: oneOf("in", ["live", "test"]),
    resources: list("resources"),
    limits: text("limits"),
  };
  return Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined));
}
