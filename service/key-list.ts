/** Reads the input of a list of keys: which keys, in which order, and where the page begins. */
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
type KeyOrderName = (typeof KEY_ORDERS)[number];

/** The order whose cursor is the id alone. */
const NEWEST_FIRST: KeyOrderName = "-createdAt";

export interface KeyListInput extends PageInput {
  /** Only keys that are neither revoked nor expired. */
  readonly activeOnly?: boolean | undefined;
  readonly environment?: Environment | undefined;
  /** Part of the name, the id, the prefix or the public key; the case of ASCII letters is ignored. At most 128 characters. */
  readonly search?: string | undefined;
  readonly status?: KeyFilterName | undefined;
  /** A minus means descending; `-createdAt` when absent. Keys without the value come last in both directions. */
  readonly sort?: KeyOrderName | undefined;
}

/** The page to ask the store for. It has one key more than `limit`, which shows whether there is a next page. */
interface KeyListPage {
  readonly filter: KeyFilter;
  readonly page: KeyPage;
  readonly limit: number;
  /** The cursor of the page that begins after this key. `key` must be as the store has it. */
  cursorAfter(key: ApiKey): string;
}

interface KeyListOptions {
  readonly system: Pick<KeySystem, "keyId" | "rotateAfterDays">;
  readonly cursors: Sealing;
  readonly refuseSecret: ReturnType<typeof secretRefuser>;
}

/** Checks the input. The refusal names `limit`, `cursor` or `search`. */
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
  // A cursor is encrypted for its order and organization: under another one it cannot be opened.
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

/** Refuses control characters: no name has one, and a database may fail on them. */
function readSearch(search: string | undefined): Outcome<string | undefined> {
  const text = search?.trim();
  if (text === undefined || text === "") return ok(undefined);
  if (/\p{Cc}/u.test(text) || !text.isWellFormed()) return invalid("search", "search must not hold control characters");
  if ([...text].length > SEARCH_MAX_CHARACTERS) return invalid("search", `search must be at most ${SEARCH_MAX_CHARACTERS} characters`);
  return ok(text);
}

function openCursor(cursors: Sealing, cursor: string, purpose: string): Outcome<NonNullable<KeyOrder["after"]>> {
  try {
    // Base64 has several spellings of the same bytes: only the canonical one is accepted.
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
