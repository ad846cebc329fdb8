/** Reads lists that come in pages. */

const LARGEST_PAGE = 100;

interface Page<Item> {
  readonly data: readonly Item[];
  readonly nextCursor: string | null;
}

/** Iterates over the items of all pages. The next page is requested when the current one has been read. */
export async function* everyPage<Item>(
  read: (page: { readonly limit: number; readonly cursor?: string }) => Promise<Page<Item>>,
): AsyncGenerator<Item, void, undefined> {
  let cursor: string | null = null;
  do {
    const page: Page<Item> = await read({ limit: LARGEST_PAGE, ...(cursor !== null && { cursor }) });
    yield* page.data;
    cursor = page.nextCursor;
  } while (cursor !== null);
}
