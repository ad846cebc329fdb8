/** The table of keys. Only visible rows are rendered, and the next page is read before the end scrolls into view. */
import { useTable } from "@tanstack/react-table";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type ReactNode, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { classNames } from "../../controls/class-names.ts";
import { Icon } from "../../controls/icon.tsx";
import type { KeyDialog } from "../../keys/dialogs/key-dialog.ts";
import { type Column, type ColumnContext, columnsOf, features, type Row, SHOWN_FROM, SORTED_BY } from "./columns.tsx";
import { KeyRow } from "./key-row.tsx";
import type { Sort } from "./search.ts";

const ROW_PX = 57;
const HOUR_MS = 3_600_000;
/** How many rows before the end the next page is requested. */
const READ_AHEAD = 60;

interface KeysTableProps {
  context: ColumnContext;
  rows: readonly Row[];
  /** How many keys there are on the server. */
  total: number;
  /** The id that was searched for, if the search was an id. */
  marked: string | undefined;
  sort: Sort;
  onSort: (sort: Sort) => void;
  /** Called near the end of the rows. */
  onNearEnd: () => void;
  open: (dialog: KeyDialog) => void;
}

export function KeysTable({ context, rows, total, marked, sort, onSort, onNearEnd, open }: KeysTableProps) {
  const columns = useMemo(() => columnsOf(context), [context]);
  const body = useRef<HTMLTableSectionElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => setTop((body.current?.getBoundingClientRect().top ?? 0) + window.scrollY), []);
  const virtual = useWindowVirtualizer({ count: rows.length, estimateSize: () => ROW_PX, overscan: 12, scrollMargin: top });
  const visible = virtual.getVirtualItems();
  const [first, last] = [visible[0]?.index ?? 0, visible.at(-1)?.index ?? 0];
  // The table gets only the visible rows: with ten thousand it would rebuild ten thousand row models whenever a page arrives.
  const data = useMemo(() => rows.slice(first, last + 1), [rows, first, last]);
  const table = useTable({ features, columns, data, getRowId: ({ apiKey }) => apiKey.id });
  useEffect(() => {
    if (rows.length < total && last >= rows.length - READ_AHEAD) onNearEnd();
  }, [last, rows.length, total, onNearEnd]);
  const before = (visible[0]?.start ?? top) - top;
  const after = virtual.getTotalSize() - ((visible.at(-1)?.end ?? top) - top);
  const model = table.getRowModel().rows;
  const hour = Math.floor(Date.now() / HOUR_MS);
  return (
    <table aria-rowcount={total + 1} className="w-full table-auto border-separate border-spacing-0 text-left">
      <thead>
        {table.getHeaderGroups().map((group) => (
          <tr key={group.id} aria-rowindex={1}>
            {group.headers.map((header) => (
              <HeaderCell key={header.id} column={header.id} sort={sort} onSort={onSort}>
                <table.FlexRender header={header} />
              </HeaderCell>
            ))}
            <th scope="col" className={HEADER}>
              <span className="sr-only">Actions</span>
            </th>
          </tr>
        ))}
      </thead>
      <tbody ref={body} onKeyDown={(event) => moveFocus(event, (index) => virtual.scrollToIndex(index, { align: "auto" }), rows.length)}>
        <Spacer height={before} />
        {visible.map(({ index }) => {
          const row = model[index - first];
          return row !== undefined && <KeyRow key={row.id} {...{ row, context, index, hour, open }} isMarked={row.id === marked} />;
        })}
        <Spacer height={after} />
      </tbody>
    </table>
  );
}

const HEADER = "border-b border-line px-2.5 py-2 text-xs font-medium whitespace-nowrap text-ink-soft first:pl-4 last:pr-4 sm:first:pl-5";

function HeaderCell({ column, sort, onSort, children }: { column: string; sort: Sort; onSort: (sort: Sort) => void; children: ReactNode }) {
  const by = SORTED_BY[column as Column];
  if (by === undefined) {
    return (
      <th scope="col" className={classNames(HEADER, SHOWN_FROM[column])}>
        {children}
      </th>
    );
  }
  const direction = sort === by ? "ascending" : sort === `-${by}` ? "descending" : undefined;
  return (
    <th scope="col" aria-sort={direction ?? "none"} className={classNames(HEADER, SHOWN_FROM[column])}>
      <button
        type="button"
        className="-mx-1 inline-flex min-h-6 items-center gap-1 rounded px-1 hover:text-ink"
        onClick={() => onSort(direction === "ascending" ? `-${by}` : direction === "descending" ? by : by === "name" ? by : `-${by}`)}
      >
        {children}
        <Icon name={direction === "ascending" ? "up" : direction === "descending" ? "down" : "updown"} className="size-3" />
      </button>
    </th>
  );
}

function Spacer({ height }: { height: number }) {
  return (
    height > 0 && (
      <tr>
        <td style={{ height }} />
      </tr>
    )
  );
}

/** Arrow keys move the focus from key to key, scrolling if necessary. */
function moveFocus(event: KeyboardEvent<HTMLElement>, scrollTo: (index: number) => void, count: number): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const target = event.target as HTMLElement;
  if (step === undefined || !target.hasAttribute("data-key-link")) return;
  const index = Number(target.closest("tr")?.dataset.index) + step;
  if (index < 0 || index >= count) return;
  event.preventDefault();
  const body = event.currentTarget;
  const link = () => body.querySelector<HTMLElement>(`tr[data-index="${index}"] [data-key-link]`);
  scrollTo(index);
  const near = link();
  if (near !== null) near.focus({ preventScroll: true });
  else requestAnimationFrame(() => requestAnimationFrame(() => link()?.focus({ preventScroll: true })));
}
