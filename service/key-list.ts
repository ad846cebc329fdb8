/** What a list of keys is asked for: which keys, in which order, and from where on. */
import type { ApiKey, Environment } from "../engine/api-key.ts";
import { boundsOf, type KeyFilterName } from "../engine/condition.ts";
import { invalid, type Outcome, ok } from "../engine/errors.ts";
import type { KeySystem } from "../engine/key-system.ts";
import type { secretRefuser } from "../engine/secret-pattern.ts";
import type { KeyFilter, KeyOrder, KeyPage, KeySort } from "../stores/contract.ts";
import { type PageInput, readPage } from "./page.ts";
import type { Sealing } from "./secrets.ts";

export const SEARCH_MAX_CHARACTERS = 128;
export const KEY_ORDERS = [
  "createdAt",
  "-createdAt",
  "name",
  "-name",
  "lastUsedAt",
  "-lastUsedAt",
  "expiresAt",
  "-expiresAt",
] as const satisfies (KeySort | `-${KeySort}`)[];
export type KeyOrderName = (typeof KEY_ORDERS)[number];

/** The order whose cursor is the id alone. */
const NEWEST_FIRST: KeyOrderName = "-createdAt";

export interface KeyListInput extends PageInput {
  /** Leave out revoked and expired keys. */
  readonly activeOnly?: boolean | undefined;
  readonly environment?: Environment | undefined;
  /** At most 128 characters: part of the name, the id, the prefix or the public key, whatever the case of ASCII letters. */
  readonly search?: string | undefined;
  readonly status?: KeyFilterName | undefined;
  /** With a minus for descending; `-createdAt` when absent. Keys without the value are last in both directions. */
  readonly sort?: KeyOrderName | undefined;
}

/** The page as the store is asked for it, with one key more than fits, which tells whether there is a next page. */
export interface KeyListPage {
  readonly filter: KeyFilter;
  readonly page: KeyPage;
  readonly limit: number;
  /** How to ask for what comes after this key, as the store has it. */
  cursorAfter(key: ApiKey): string;
}

export interface KeyListOptions {
  readonly system: Pick<KeySystem, "keyId" | "rotateAfterDays">;
  readonly cursors: Sealing;
  readonly refuseSecret: ReturnType<typeof secretRefuser>;
}

/** The refusal names `limit`, `cursor` or `search`. */
export function readKeyList(
  { system, cursors, refuseSecret }: KeyListOptions,
  organizationId: string,
  { activeOnly = false, environment, search, status, sort = NEWEST_FIRST, limit, cursor }: KeyListInput,
  now: number,
): Outcome<KeyListPage> {
  const isDefault = sort === NEWEST_FIRST;
  const read = readPage({ limit, cursor: isDefault ? cursor : undefined }, system.keyId);
  if (!read.ok) return read;
  const harmless = refuseSecret("search", search);
  if (!harmless.ok) return harmless;
  const sought = readSearch(search);
  if (!sought.ok) return sought;
  // A cursor belongs to its order and its organization: for another one it cannot be opened.
  const purpose = `${organizationId} ${sort}`;
  const after = isDefault || cursor === undefined ? ok(undefined) : openCursor(cursors, cursor, purpose);
  if (!after.ok) return after;
  const descending = sort.startsWith("-");
  const by = sort.slice(descending ? 1 : 0) as KeySort;
  const filter: KeyFilter = {
    activeAt: activeOnly ? now : undefined,
    environment,
    search: sought.value,
    condition: status && { is: status, bounds: boundsOf(system.rotateAfterDays, now) },
  };
  const page = { ...filter, before: read.value.before, limit: read.value.limit + 1, order: { by, descending, after: after.value } };
  const cursorAfter = (key: ApiKey) => (isDefault ? key.id : cursors.seal(JSON.stringify([sortValue(key, by), key.id]), purpose));
  return ok({ filter, page, limit: read.value.limit, cursorAfter });
}

/** No name holds a control character, and a database may refuse to look for one. */
function readSearch(search: string | undefined): Outcome<string | undefined> {
  const text = search?.trim();
  if (text === undefined || text === "") return ok(undefined);
  if (/\p{Cc}/u.test(text) || !text.isWellFormed()) return invalid("search", "search must not hold control characters");
  if ([...text].length > SEARCH_MAX_CHARACTERS) return invalid("search", `search must be at most ${SEARCH_MAX_CHARACTERS} characters`);
  return ok(text);
}

function openCursor(cursors: Sealing, cursor: string, purpose: string): Outcome<NonNullable<KeyOrder["after"]>> {
  try {
    // Some letters can be changed without changing the bytes: one cursor has one spelling.
    if (cursor !== `1:${Buffer.from(cursor.slice(2), "base64url").toString("base64url")}`) throw new Error("another spelling");
    const [value, id] = JSON.parse(cursors.unseal(cursor, purpose));
    return ok({ value, id });
  } catch {
    return invalid("cursor", "cursor must be the nextCursor of an earlier page with the same sort");
  }
}

function sortValue(key: ApiKey, by: KeySort): string | number | null {
  return by === "createdAt" ? null : key[by];
}
