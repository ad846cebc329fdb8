/** Reading API keys: one of them, pages of them, and what is known of them in memory. */
import type { ApiKey } from "../engine/api-key.ts";
import { type Outcome, ok, refuse } from "../engine/errors.ts";
import { parseId } from "../engine/id.ts";
import type { KeySystem } from "../engine/key-system.ts";
import { mayBeChosenSecret, secretInUrl, secretRefuser } from "../engine/secret-pattern.ts";
import type { KeyStore } from "../stores/contract.ts";
import { type KeyListInput, readKeyList } from "./key-list.ts";
import type { KeyMemory } from "./key-memory.ts";
import type { Secrets } from "./secrets.ts";

interface KeyQueriesOptions {
  readonly system: KeySystem;
  readonly store: KeyStore;
  readonly secrets: Secrets;
  readonly memory: Pick<KeyMemory, "lastUseOf" | "isRateLimited">;
  readonly clock: () => number;
}

interface KeyList {
  readonly keys: readonly ApiKey[];
  readonly nextCursor: string | null;
  /** The number of keys on all pages; undefined unless `count` was given. */
  readonly total: number | undefined;
}

export type KeyQueries = ReturnType<typeof keyQueries>;

export function keyQueries({ system, store, secrets, memory, clock }: KeyQueriesOptions) {
  const idOf = (presented: string): string | undefined => parseId(system.keyId, presented);
  const unknownKey = () => refuse("not_found", "There is no such key.");
  const lists = { system, cursors: secrets.cursors, refuseSecret: secretRefuser(system.keyForm) };
  const current = (key: ApiKey) => withLastUse(memory, key);
  const allCurrent = (keys: readonly ApiKey[]) => Promise.all(keys.map(current));

  /** Whether a text is a secret of the organization that somebody chose. No pattern recognizes those: they are looked up. */
  async function isOwnSecret(organizationId: string, text: string | undefined): Promise<boolean> {
    if (text === undefined || !mayBeChosenSecret(system.keyForm, text)) return false;
    return (await store.findKeyByDigest(secrets.digests(text), organizationId)).outcome === "found";
  }

  return {
    /**
     * One page of an organization's keys, newest first unless `sort` is given. `nextCursor` is null on the last page. `sort` by last use and
     * the filter `unused` use what is stored, which is about a second behind. Refusal: `invalid_request` (names the field).
     * @example
     * const page = await kw.keys.list(organizationId, { search: "staging", activeOnly: true, limit: 20 });
     * if (page.ok) for (const { id, name } of page.value.keys) console.log(id, name);
     */
    async list(
      organizationId: string,
      { count = false, ...input }: KeyListInput & { readonly count?: boolean | undefined } = {},
    ): Promise<Outcome<KeyList>> {
      const asked = readKeyList(lists, organizationId, input, clock());
      if (!asked.ok) return asked;
      const { page, filter, limit, cursorAfter } = asked.value;
      if (await isOwnSecret(organizationId, filter.search)) return secretInUrl("search");
      const found = await store.listKeys(organizationId, page);
      const total = count ? await store.countListed(organizationId, filter) : undefined;
      const shown = found.slice(0, limit);
      const last = found.length > limit ? shown.at(-1) : undefined;
      return ok({ keys: await allCurrent(shown), nextCursor: last === undefined ? null : cursorAfter(last), total });
    },

    /** One page of the active keys by its number (the first is 1), newest first, and the number of active keys. */
    async listNumbered(organizationId: string, page: number, size: number): Promise<{ keys: readonly ApiKey[]; total: number }> {
      const activeAt = clock();
      const keys = await store.listKeys(organizationId, { offset: (page - 1) * size, limit: size, activeAt });
      return { keys: await allCurrent(keys), total: await store.countKeys(organizationId, activeAt) };
    },

    /** All active keys of an organization, oldest first: for platforms whose lists have no pages. */
    async listActive(organizationId: string): Promise<readonly ApiKey[]> {
      const active: ApiKey[] = [];
      const activeAt = clock();
      for (;;) {
        const page = await store.listKeys(organizationId, { before: active.at(-1)?.id, limit: 1_000, activeAt });
        active.push(...(await allCurrent(page)));
        if (page.length < 1_000) return active.reverse();
      }
    },

    /** One key of the organization, whatever its status. Refusal: `not_found`. */
    async get(organizationId: string, presentedId: string): Promise<Outcome<ApiKey>> {
      const id = idOf(presentedId);
      const key = id === undefined ? undefined : await store.findKey(organizationId, id);
      return key === undefined ? unknownKey() : ok(await current(key));
    },

    /** One key of any organization, or of none: only for the operator. Refusal: `not_found`. */
    async getOfAny(presentedId: string): Promise<Outcome<ApiKey>> {
      const id = idOf(presentedId);
      const key = id === undefined ? undefined : await store.findKeyOfAny(id);
      return key === undefined ? unknownKey() : ok(await current(key));
    },

    /**
     * Whether memory knows that every request with this key would be refused now because of a limit. False for a key that is not in memory. A
     * promise only in a process with several threads.
     */
    isRateLimited: (id: string): boolean | Promise<boolean> => memory.isRateLimited(id),

    /** Whether a presented id, in whatever spelling, is this id. */
    isSameId: (presented: string, id: string): boolean => idOf(presented) === id,

    /** Whether an active public key may be used from websites of this host. */
    isHostAllowed: (host: string): Promise<boolean> => store.isDomainAllowed(domainsAbove(host), clock()),
  };
}

/** The key with its last use, also if that has not reached the store yet. */
export async function withLastUse(memory: Pick<KeyMemory, "lastUseOf">, key: ApiKey): Promise<ApiKey> {
  const lastUse = await memory.lastUseOf(key.id);
  return lastUse > (key.lastUsedAt ?? 0) ? { ...key, lastUsedAt: lastUse } : key;
}

/** How keys may write a domain that allows the host: the host itself, or a wildcard above it. */
function domainsAbove(host: string): string[] {
  const labels = host.split(".");
  return [host, ...labels.slice(1).map((_, at) => `*.${labels.slice(at + 1).join(".")}`)];
}
