/** Lists that the API answers in pages. */
import type { Call, Json } from "./client.ts";
import { note, type OutputOptions, show } from "./output.ts";
import { type Column, table } from "./table.ts";

const LARGEST_PAGE = "100";

export interface ListOptions extends OutputOptions {
  readonly all?: boolean;
}

/** Shows the first page, or with `all` every page as one. */
export async function showList(
  call: Call,
  path: string,
  query: Readonly<Record<string, string>>,
  columns: readonly Column[],
  options: ListOptions,
): Promise<void> {
  const answer = options.all === true ? await everyPage(call, path, query) : await call("GET", withQuery(path, query));
  await show(answer, options, ({ data }) => table(data as Json[], columns));
  if (typeof answer.nextCursor === "string") note("there are more; --all shows them");
}

async function everyPage(call: Call, path: string, query: Readonly<Record<string, string>>): Promise<Json> {
  const data: unknown[] = [];
  let cursor: unknown;
  do {
    const page = await call("GET", withQuery(path, { ...query, limit: LARGEST_PAGE, ...(typeof cursor === "string" && { cursor }) }));
    data.push(...(page.data as unknown[]));
    cursor = page.nextCursor;
  } while (typeof cursor === "string");
  return { data, nextCursor: null };
}

function withQuery(path: string, query: Readonly<Record<string, string>>): string {
  const search = new URLSearchParams(query).toString();
  return search === "" ? path : `${path}?${search}`;
}
