/** The list of an organization's keys, and everything that begins there. */
import type { ApiKey } from "@keyward/sdk";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { lazy, type ReactNode, Suspense, useCallback, useMemo, useRef, useState } from "react";
import { useMay, usePlatform } from "../../app/session.ts";
import { Button } from "../../controls/button.tsx";
import { Icon } from "../../controls/icon.tsx";
import { Card, Page } from "../../controls/page.tsx";
import { Blank, Failed, Fault, Loading } from "../../controls/states.tsx";
import type { KeyDialog } from "../../keys/dialogs/key-dialog.ts";
import { counted } from "../../words/number.ts";
import type { Row } from "./columns.tsx";
import { useKeyList } from "./keys-query.ts";
import { KeysTable } from "./keys-table.tsx";
import { KeysToolbar } from "./keys-toolbar.tsx";
import { RowActions } from "./row-actions.tsx";
import { type KeysSearch, NO_FORM } from "./search.ts";
import { useShortcuts } from "./shortcuts.ts";

const KeyDialogs = lazy(() => import("../../keys/dialogs/key-dialogs.tsx").then((module) => ({ default: module.KeyDialogs })));
const route = getRouteApi("/signed-in/org/$organizationId/settings/api-keys");

export function KeysScreen() {
  const { organizationId } = route.useParams();
  const search = route.useSearch();
  const navigate = useNavigate({ from: "/org/$organizationId/settings/api-keys" });
  const platform = usePlatform();
  const mayChange = useMay(organizationId)("keys");
  const [dialog, setDialog] = useState<KeyDialog>();
  const input = useRef<HTMLInputElement>(null);

  const change = useCallback(
    (changes: Partial<KeysSearch>) => void navigate({ search: (before) => ({ ...before, ...changes }), replace: true }),
    [navigate],
  );
  const opened: KeyDialog | undefined = search.create === true && mayChange ? { kind: "create" } : dialog;
  const create = useCallback(() => setDialog({ kind: "create" }), []);
  const close = () => {
    setDialog(undefined);
    if (search.create === true) change(NO_FORM);
  };
  useShortcuts(useMemo(() => ({ "/": () => input.current?.focus(), ...(mayChange && { c: create }) }), [mayChange, create]));

  return (
    <Page
      title="API Keys"
      text={`Keys let your programs call the ${platform.title} API. Treat them as secrets, and use one for each environment and application.`}
      actions={
        mayChange && (
          <>
            {platform.claimsKeys && <Button onClick={() => setDialog({ kind: "claim" })}>Link existing key</Button>}
            <CreateButton onClick={create} />
          </>
        )
      }
    >
      <Card flush>
        <KeysToolbar {...{ organizationId, search, input }} onChange={change} onKey={(key) => change(searchFor(key))} />
        <KeyList {...{ organizationId, search, change, mayChange, create, open: setDialog }} />
      </Card>
      {opened !== undefined && (
        <Suspense>
          <KeyDialogs organizationId={organizationId} dialog={opened} prefill={search} onClose={close} />
        </Suspense>
      )}
    </Page>
  );
}

/** The list that has this key alone. */
function searchFor({ id, status }: ApiKey): Partial<KeysSearch> {
  return { search: id, status: status === "revoked" ? status : undefined, environment: undefined };
}

function CreateButton({ onClick }: { onClick: () => void }) {
  const { dashboard } = usePlatform();
  return (
    <Button look="primary" aria-keyshortcuts="c" onClick={onClick}>
      <Icon name="plus" />
      {dashboard.words.create}
    </Button>
  );
}

interface KeyListProps {
  organizationId: string;
  search: KeysSearch;
  change: (changes: Partial<KeysSearch>) => void;
  mayChange: boolean;
  create: () => void;
  open: (dialog: KeyDialog) => void;
}

function KeyList({ organizationId, search, change, mayChange, create, open }: KeyListProps) {
  const platform = usePlatform();
  const list = useKeyList(organizationId, search);
  const { keys, usage, total, error, isPending, isPlaceholderData, refetch } = list;
  const rows = useMemo(() => keys.map((apiKey): Row => ({ apiKey, use: usage.get(apiKey.id) })), [keys, usage]);
  const context = useMemo(() => ({ organizationId, platform, mayChange }), [organizationId, platform, mayChange]);
  const { hasNextPage, isFetching, isFetchNextPageError, fetchNextPage } = list;
  // What has failed is not tried again by itself: it would be at once, and again and again.
  const mayReadOn = hasNextPage && !isFetching && !isFetchNextPageError;
  const readOn = useCallback(() => {
    if (mayReadOn) void fetchNextPage();
  }, [mayReadOn, fetchNextPage]);

  if (isPending) return <Loading rows={8} label="Loading keys" />;
  if (error !== null && keys.length === 0) return <Failed error={error} retry={() => void refetch()} />;
  if (keys.length === 0)
    return <NoKeys search={search} change={change} create={mayChange ? <CreateButton onClick={create} /> : undefined} />;
  return (
    <div aria-busy={isPlaceholderData}>
      <KeysTable
        {...{ context, rows, total }}
        marked={search.search}
        sort={search.sort ?? "-createdAt"}
        onSort={(sort) => change({ sort: sort === "-createdAt" ? undefined : sort })}
        onNearEnd={readOn}
        actions={({ apiKey }) => mayChange && <RowActions organizationId={organizationId} apiKey={apiKey} open={open} />}
      />
      <p role="status" className="px-5 py-3 text-xs text-ink-soft">
        {counted(total, "key")}
        {list.isFetchingNextPage && ", reading more…"}
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

/** Nothing there at all, or nothing that matches. */
function NoKeys({ search, change, create }: { search: KeysSearch; change: KeyListProps["change"]; create: ReactNode }) {
  const isNarrowed = search.search !== undefined || search.status !== undefined || search.environment !== undefined;
  if (isNarrowed) {
    return (
      <Blank icon="search" title="No key matches" text="Search looks into names, prefixes and ids.">
        <Button onClick={() => change({ search: undefined, status: undefined, environment: undefined })}>Show all keys</Button>
      </Blank>
    );
  }
  return (
    <Blank
      icon="key"
      title="No API keys yet"
      text={create === undefined ? "Your role may look at keys, but not create them." : "Create the first one; its secret is shown once."}
    >
      {create}
    </Blank>
  );
}
