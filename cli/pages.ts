/** Lists: one page, or every page as one. */
import { note, type OutputOptions, show } from "./output.ts";
import { type Column, table } from "./table.ts";

export interface ListOptions extends OutputOptions {
  readonly all?: boolean;
}

interface Page<Item> {
  readonly data: readonly Item[];
  /** Absent where the API returns the whole list. */
  readonly nextCursor?: string | null;
}

/** Shows the first page; with `--all` every page, as one document. */
export async function showPages<Item extends object>(
  firstPage: () => Promise<Page<Item>>,
  everyItem: () => AsyncIterable<Item>,
  columns: readonly Column<Item>[],
  options: ListOptions,
): Promise<void> {
  await showList(options.all === true ? { data: await collect(everyItem()), nextCursor: null } : await firstPage(), columns, options);
}

export async function showList<Item extends object>(
  page: Page<Item>,
  columns: readonly Column<Item>[],
  options: ListOptions,
): Promise<void> {
  await show(page, options, ({ data }, look) => table(data, columns, look));
  if (typeof page.nextCursor === "string") note("there are more; --all shows them", options);
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
