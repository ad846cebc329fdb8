/** Pages of lists that are newest first. */
import { invalid, type Outcome, ok } from "../engine/errors.ts";
import { type IdFormat, parseId } from "../engine/id.ts";

const PAGE_DEFAULT = 50;
export const PAGE_MAXIMUM = 100;

export interface PageInput {
  /** 1 to 100; 50 when absent. */
  readonly limit?: number | undefined;
  /** The `nextCursor` of the previous page. */
  readonly cursor?: string | undefined;
}

/** How many records to read, and the id after which they begin. The refusal names `limit` or `cursor`. */
export function readPage(
  { limit = PAGE_DEFAULT, cursor }: PageInput,
  ids: IdFormat,
): Outcome<{ limit: number; before: string | undefined }> {
  if (!Number.isInteger(limit) || limit < 1 || limit > PAGE_MAXIMUM)
    return invalid("limit", `limit must be a whole number from 1 to ${PAGE_MAXIMUM}`);
  const before = cursor === undefined ? undefined : parseId(ids, cursor);
  if (cursor !== undefined && before === undefined) return invalid("cursor", "cursor must be the nextCursor of an earlier page");
  return ok({ limit, before });
}
