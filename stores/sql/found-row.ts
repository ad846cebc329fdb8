import type { Selectable } from "kysely";
import type { ApiKeyTable } from "./schema.ts";

/** A row of a look-up by credential. There is one for each override of the key's organization, or a single one without overrides. */
export type FoundRow = Selectable<ApiKeyTable> & {
  last_used_at: number | null;
  plan: string | null;
  state: string | null;
  limit_name: string | null;
  limit_value: number | null;
  /** Where several nodes share limits. */
  bank_version?: number | null;
  bank_state?: string | null;
  bank_ahead_ms?: number | null;
  bank_clock_ms?: number;
};
