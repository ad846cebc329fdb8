/** The queries of the list: keys page by page, and the use of each in the last days. */
import type { ApiKey } from "@keyward/sdk";
import { infiniteQueryOptions, keepPreviousData, queryOptions, useInfiniteQuery, useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { client } from "../../app/client.ts";
import type { KeysSearch } from "./search.ts";

const FIRST_PAGE = 50;
const NEXT_PAGES = 100;
/** A longer list is not read again when the window regains the focus. */
const PAGES_READ_AGAIN = 3;
export const USAGE_DAYS = 7;

type ListedBy = Pick<KeysSearch, "search" | "status" | "environment" | "sort">;

export function listQuery(organizationId: string, { search, status = "current", environment, sort }: ListedBy) {
  return infiniteQueryOptions({
    queryKey: ["keys", organizationId, { search, status, environment, sort }],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam: cursor, signal }) =>
      client.keys.list(
        organizationId,
        {
          status,
          ...(search !== undefined && { search }),
          ...(environment !== undefined && { environment }),
          ...(sort !== undefined && { sort }),
          ...(cursor === undefined ? { limit: FIRST_PAGE, count: "true" } : { limit: NEXT_PAGES, cursor }),
        },
        { signal },
      ),
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    refetchOnWindowFocus: ({ state }) => (state.data?.pages.length ?? 0) <= PAGES_READ_AGAIN,
    placeholderData: keepPreviousData,
  });
}

export type DailyUse = readonly { readonly date: string; readonly outcomes: Readonly<Record<string, number>> }[];

interface KeyUse {
  readonly keyId: string;
  readonly days: DailyUse;
}

function usageQuery(organizationId: string, keyIds: readonly string[]) {
  return queryOptions({
    queryKey: ["usage", organizationId, "daily", keyIds],
    queryFn: ({ signal }) => client.usage.ofKeys(organizationId, { keys: keyIds, days: USAGE_DAYS }, { signal }),
  });
}

/** Defined once: the same results are then not combined again, which for thousands of keys takes a while. */
function mapById(results: readonly { readonly data?: { readonly data: readonly KeyUse[] } | undefined }[]): Map<string, DailyUse> {
  return new Map(results.flatMap(({ data }) => data?.data.map(({ keyId, days }): [string, DailyUse] => [keyId, days]) ?? []));
}

/** The keys read so far, and the use of each as far as it is known. */
export function useKeyList(organizationId: string, by: ListedBy) {
  const list = useInfiniteQuery(listQuery(organizationId, by));
  const pages = list.data?.pages;
  const keys = useMemo(() => pages?.flatMap(({ data }): readonly ApiKey[] => data) ?? [], [pages]);
  const usage = useQueries({
    queries: (pages ?? [])
      .filter(({ data }) => data.length > 0)
      .map(({ data }) =>
        usageQuery(
          organizationId,
          data.map(({ id }) => id),
        ),
      ),
    combine: mapById,
  });
  return { ...list, keys, total: pages?.[0]?.total ?? keys.length, usage };
}
