/** The list of keys in each of its states: loading, failed, empty, nothing found, shown. */
import { type ReactNode, useCallback, useMemo } from "react";
import { usePlatform } from "../../app/session.ts";
import { Button } from "../../controls/button.tsx";
import { Blank, Failed, Fault, Loading } from "../../controls/states.tsx";
import type { KeyDialog } from "../../keys/dialogs/key-dialog.ts";
import { counted } from "../../words/number.ts";
import type { Row } from "./columns.tsx";
import { useKeyList } from "./keys-query.ts";
import { KeysTable } from "./keys-table.tsx";
import type { KeysSearch } from "./search.ts";

interface KeyListProps {
  organizationId: string;
  search: KeysSearch;
  change: (changes: Partial<KeysSearch>) => void;
  mayChange: boolean;
  /** Undefined for a person who may not create keys. */
  createButton: ReactNode | undefined;
  open: (dialog: KeyDialog) => void;
}

export function KeyList({ organizationId, search, change, mayChange, createButton, open }: KeyListProps) {
  const platform = usePlatform();
  const list = useKeyList(organizationId, search);
  const { keys, usage, total, error, isPending, isPlaceholderData, refetch } = list;
  const rows = useMemo(() => keys.map((apiKey): Row => ({ apiKey, use: usage.get(apiKey.id) })), [keys, usage]);
  const context = useMemo(() => ({ organizationId, platform, mayChange }), [organizationId, platform, mayChange]);
  const { hasNextPage, isFetching, isFetchNextPageError, fetchNextPage } = list;
  // A failed page is not requested again automatically: that would repeat in a tight loop.
  const mayReadOn = hasNextPage && !isFetching && !isFetchNextPageError;
  const readOn = useCallback(() => {
    if (mayReadOn) void fetchNextPage();
  }, [mayReadOn, fetchNextPage]);

  if (isPending) return <Loading rows={8} label="Loading keys" />;
  if (error !== null && keys.length === 0) return <Failed error={error} retry={() => void refetch()} />;
  if (keys.length === 0) return <NoKeys {...{ search, change, createButton }} />;
  return (
    <div aria-busy={isPlaceholderData}>
      <KeysTable
        {...{ context, rows, total, open }}
        marked={search.search}
        sort={search.sort ?? "-createdAt"}
        onSort={(sort) => change({ sort: sort === "-createdAt" ? undefined : sort })}
        onNearEnd={readOn}
      />
      <p role="status" className="px-5 py-3 text-xs text-ink-soft">
        {counted(total, "key")}
        {list.isFetchingNextPage && ", loading more…"}
      </p>
      {isFetchNextPageError && <Unread error={error} retry={() => void fetchNextPage()} />}
    </div>
  );
}

/** The rest of the list could not be read. */
function Unread({ error, retry }: { error: unknown; retry: () => void }) {
  return (
    <div className="flex flex-wrap items-center gap-3 px-5 pb-4">
      <Fault error={error} />
      <Button onClick={retry}>Try again</Button>
    </div>
  );
}

/** No keys at all, or none that match. */
function NoKeys({ search, change, createButton }: Pick<KeyListProps, "search" | "change" | "createButton">) {
  const isNarrowed = search.search !== undefined || search.status !== undefined || search.environment !== undefined;
  if (isNarrowed) {
    return (
      <Blank icon="search" title="No key matches" text="Search covers names, prefixes and ids.">
        <Button onClick={() => change({ search: undefined, status: undefined, environment: undefined })}>Show all keys</Button>
      </Blank>
    );
  }
  return (
    <Blank
      icon="key"
      title="No API keys yet"
      text={
        createButton === undefined ? "Your role can view keys, but not create them." : "Create the first one. Its secret is shown once."
      }
    >
      {createButton}
    </Blank>
  );
}
