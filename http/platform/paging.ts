/** Pages by number, as a platform documents their parameters. */
import { z } from "@hono/zod-openapi";
import { invalid, type Outcome, ok } from "../../engine/errors.ts";
import type { Paging } from "../../platforms/define.ts";

const MOST_PAGES = 1_000_000;

/** For the documentation only: `readPage` checks requests. */
export function pagingSchema({ pageParameter, sizeParameter, defaultSize, maximumSize }: Paging) {
  return z.object({
    [pageParameter]: z.int().min(1).max(MOST_PAGES).default(1).optional(),
    [sizeParameter]: z.int().min(1).max(maximumSize).default(defaultSize).optional(),
  });
}

export function readPage(
  { pageParameter, sizeParameter, defaultSize, maximumSize }: Paging,
  query: Readonly<Record<string, string>>,
): Outcome<{ number: number; size: number }> {
  const number = readWhole(query[pageParameter], pageParameter, 1, MOST_PAGES);
  if (!number.ok) return number;
  const size = readWhole(query[sizeParameter], sizeParameter, defaultSize, maximumSize);
  return size.ok ? ok({ number: number.value, size: size.value }) : size;
}

function readWhole(text: string | undefined, field: string, otherwise: number, maximum: number): Outcome<number> {
  if (text === undefined) return ok(otherwise);
  const value = Number(text);
  return /^\d{1,9}$/.test(text) && value >= 1 && value <= maximum
    ? ok(value)
    : invalid(field, `${field} must be a whole number from 1 to ${maximum}`);
}
