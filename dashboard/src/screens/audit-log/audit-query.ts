/** The query of the audit log, page by page. */
import { infiniteQueryOptions } from "@tanstack/react-query";
import { client } from "../../app/client.ts";
import { type AuditFilter, auditFilter } from "./audit-filter.ts";
import type { AuditSearch } from "./search.ts";

const PAGE = 50;

export function auditQuery(organizationId: string, search: AuditSearch) {
  const filter: AuditFilter = auditFilter(search);
  return infiniteQueryOptions({
    queryKey: ["audit", organizationId, "list", filter],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam: cursor, signal }) =>
      client.audit.list(organizationId, { ...filter, limit: PAGE, ...(cursor !== undefined && { cursor }) }, { signal }),
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  });
}
