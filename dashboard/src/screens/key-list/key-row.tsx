/** One row of the table of keys. While others scroll in, a row whose key has not changed is not rendered again. */
import { FlexRender, type Row as TableRow } from "@tanstack/react-table";
import { memo } from "react";
import { classNames } from "../../controls/class-names.ts";
import type { KeyDialog } from "../../keys/dialogs/key-dialog.ts";
import { type ColumnContext, type features, type Row, SHOWN_FROM } from "./columns.tsx";
import { RowActions } from "./row-actions.tsx";

interface KeyRowProps {
  /** The table makes new ones whenever it scrolls: whether a row is the same is told by what it shows. */
  row: TableRow<typeof features, Row>;
  context: ColumnContext;
  /** Its place in the list, from 0. */
  index: number;
  isMarked: boolean;
  /** Hours since the epoch: a row also shows what depends on the time, such as whether its key is about to expire. */
  hour: number;
  open: (dialog: KeyDialog) => void;
}

export const KeyRow = memo(function KeyRow({ row, context, index, isMarked, open }: KeyRowProps) {
  return (
    <tr
      aria-rowindex={index + 2}
      aria-current={isMarked || undefined}
      data-index={index}
      className="h-14.25 hover:bg-sunken/60 aria-[current]:bg-accent-soft"
    >
      {row.getAllCells().map((cell) => (
        <td key={cell.id} className={classNames(CELL, SHOWN_FROM[cell.column.id])}>
          <FlexRender cell={cell} />
        </td>
      ))}
      <td className={CELL}>
        {context.mayChange && <RowActions organizationId={context.organizationId} apiKey={row.original.apiKey} open={open} />}
      </td>
    </tr>
  );
}, isSame);

function isSame({ row, ...shown }: KeyRowProps, { row: next, ...others }: KeyRowProps): boolean {
  return (
    row.original.apiKey === next.original.apiKey &&
    row.original.use === next.original.use &&
    (Object.keys(shown) as (keyof typeof shown)[]).every((prop) => shown[prop] === others[prop])
  );
}

const CELL =
  "max-w-0 border-b border-line px-2.5 py-1 first:w-full md:first:w-[34%] first:pl-4 last:w-px last:max-w-none last:pr-3 sm:first:pl-5 not-first:max-w-none";
