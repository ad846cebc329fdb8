/** What of the audit log stands in its address: which events. */
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
