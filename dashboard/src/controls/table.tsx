/** A short table without paging. */
import type { ReactNode } from "react";
import { classNames } from "./class-names.ts";

interface TableColumn {
  title: string;
  /** Hidden on phones. */
  wide?: boolean;
  /** Its title is for screen readers only. */
  quiet?: boolean;
}

/** `label` is the table's caption; `children` are rows with a `Cell` for each column. */
export function Table({ label, columns, children }: { label: string; columns: readonly TableColumn[]; children: ReactNode }) {
  return (
    <table className="w-full text-left">
      <caption className="sr-only">{label}</caption>
      <thead className="border-b border-line text-xs">
        <tr>
          {columns.map(({ title, wide = false, quiet = false }) => (
            <th key={title} scope="col" className={classNames(SPACE, "py-2 font-medium whitespace-nowrap text-ink-soft", wide && WIDE)}>
              {quiet ? <span className="sr-only">{title}</span> : title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody className="divide-y divide-line">{children}</tbody>
    </table>
  );
}

/** `wide` like its column; `last` is for the row's buttons. */
export function Cell({ wide = false, last = false, children }: { wide?: boolean; last?: boolean; children: ReactNode }) {
  return (
    <td
      className={classNames(SPACE, "py-2.5", wide && WIDE, last ? "w-px text-right whitespace-nowrap" : "break-words max-sm:first:w-full")}
    >
      {children}
    </td>
  );
}

const SPACE = "px-2.5 first:pl-4 last:pr-4 sm:first:pl-5 sm:last:pr-5";
const WIDE = "max-sm:hidden";
