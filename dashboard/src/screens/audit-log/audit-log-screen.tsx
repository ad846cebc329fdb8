/** The audit log of an organization. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";
import { useMay } from "../../app/session.ts";
import { AuditEvents } from "../../audit/audit-events.tsx";
import { Button } from "../../controls/button.tsx";
import { Card, Page } from "../../controls/page.tsx";
import { Blank, Failed, Loading } from "../../controls/states.tsx";
import { TITLES } from "../../words/titles.ts";
import { AuditFilters } from "./audit-filters.tsx";
import { auditQuery } from "./audit-query.ts";
import { ExportButton } from "./export-button.tsx";
import { MoreEvents } from "./more-events.tsx";
import type { AuditSearch } from "./search.ts";

const route = getRouteApi("/signed-in/org/$organizationId/settings/audit-log");

export function AuditLogScreen() {
  const { organizationId } = route.useParams();
  const search = route.useSearch();
  const mayExport = useMay(organizationId)("export");
  const navigate = useNavigate({ from: "/org/$organizationId/settings/audit-log" });
  const change = useCallback(
    (changes: { [Name in keyof AuditSearch]?: string | undefined }) =>
      void navigate({ search: (before) => present({ ...before, ...changes }), replace: true }),
    [navigate],
  );
  const clear = () => void navigate({ search: {}, replace: true });
  return (
    <Page
      title={TITLES.auditLog}
      text="Every change to keys, people and settings of this organization, newest first. Nobody can alter it."
      actions={mayExport && <ExportButton key={JSON.stringify(search)} organizationId={organizationId} search={search} />}
    >
      <Card flush>
        <AuditFilters organizationId={organizationId} search={search} onChange={change} />
        <Events organizationId={organizationId} search={search} clear={clear} />
      </Card>
    </Page>
  );
}

function present(search: { [Name in keyof AuditSearch]?: string | undefined }): AuditSearch {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined));
}

interface EventsProps {
  organizationId: string;
  search: AuditSearch;
  clear: () => void;
}

function Events({ organizationId, search, clear }: EventsProps) {
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(auditQuery(organizationId, search));
  const next = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  if (data === undefined) return error === null ? <Loading rows={8} /> : <Failed error={error} retry={() => void refetch()} />;
  const events = data.pages.flatMap((page) => page.data);
  if (events.length === 0) return <NoEvents isFiltered={Object.keys(search).length > 0} clear={clear} />;
  return (
    <>
      <AuditEvents {...{ organizationId, events }} />
      {hasNextPage && <MoreEvents isBusy={isFetchingNextPage} error={error} load={next} />}
    </>
  );
}

function NoEvents({ isFiltered, clear }: { isFiltered: boolean; clear: () => void }) {
  if (!isFiltered) return <Blank icon="list" title="Nothing has happened yet" text="Changes will appear here." />;
  return (
    <Blank icon="search" title="No event matches" text="No change matches these filters.">
      <Button onClick={clear}>Clear the filters</Button>
    </Blank>
  );
}
