/** The search parameters of the audit log: its filters. */
export interface AuditSearch {
  readonly action?: string;
  readonly actor?: string;
  readonly subject?: string;
  /** ISO dates, `2026-11-20`. */
  readonly from?: string;
  readonly to?: string;
}

const NAMES = ["action", "actor", "subject", "from", "to"] as const;

export function readAuditSearch(search: Record<string, unknown>): AuditSearch {
  return Object.fromEntries(
    NAMES.flatMap((name) => (typeof search[name] === "string" && search[name] !== "" ? [[name, search[name]]] : [])),
  );
}
