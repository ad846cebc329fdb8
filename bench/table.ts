/** The table that `npm run bench` prints. */
import { ratioOf, type Spread, spreadOf } from "./rounds.ts";

export interface Row {
  readonly measure: string;
  readonly ours: string;
  readonly floor: string;
  readonly ratio: string;
  readonly target: string;
  /** Undefined for a row that only informs. */
  readonly met: boolean | undefined;
  /** The figure that several runs are compared by: the ratio or the size. */
  readonly value?: number;
  /** What the figure must reach: at the median of several runs, and in the worst of them. */
  readonly bound?: Bound;
}

export interface Bound {
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly worst?: number;
}

/** A row about rates, from the rounds in which both took turns. Without `atLeast` it only informs. */
export function rateRow(
  measure: string,
  ours: readonly number[] = [],
  floor: readonly number[] = [],
  atLeast?: number,
  worst?: number,
): Row {
  const ratio = ratioOf(ours, floor);
  return {
    measure,
    ours: `${count(spreadOf(ours).median)}/s`,
    floor: `${count(spreadOf(floor).median)}/s`,
    ratio: shortly(ratio),
    target: atLeast === undefined ? "" : `≥ ${atLeast}${worst === undefined ? "" : ` (worst ${worst})`}`,
    met: atLeast === undefined ? undefined : ratio.median >= atLeast,
    value: ratio.median,
    ...(atLeast !== undefined && { bound: { atLeast, ...(worst !== undefined && { worst }) } }),
  };
}

/** A row about a size or a time. Without `below` it only informs. */
export function boundRow(measure: string, value: number, unit: string, below?: number): Row {
  const target = below === undefined ? "" : `≤ ${count(below)} ${unit}`;
  const met = below === undefined ? undefined : value <= below;
  const bound = below === undefined ? {} : { bound: { atMost: below } };
  return { measure, ours: `${count(value)} ${unit}`, floor: "", ratio: "", target, met, value, ...bound };
}

/** A heading, or a sentence on how the rows above or below it were made. */
export const note = (measure: string): Row => ({ measure, ours: "", floor: "", ratio: "", target: "", met: undefined });

export function count(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

const short = (value: number): string => (value < 10 ? value.toFixed(value < 1 ? 3 : 2) : count(value));
/** The median, with the least and the most. */
export const shortly = ({ median, least, most }: Spread): string => `${short(median)} (${short(least)}–${short(most)})`;

const HEADING: readonly string[] = ["measure", "ours", "floor", "ratio: median (min–max)", "target", "met?"];
const isNote = ({ ours, floor }: Row): boolean => ours === "" && floor === "";

/** Names stand left, numbers right; a note takes its whole line and no column grows for it. */
export function tableOf(rows: readonly Row[]): string {
  const cells = rows.map(({ measure, ours, floor, ratio, target, met }) => [
    measure,
    ours,
    floor,
    ratio,
    target,
    met === undefined ? "" : met ? "met" : "missed",
  ]);
  const measured = cells.filter((_, at) => !isNote(rows[at] as Row));
  const widths = HEADING.map((heading, column) => Math.max(heading.length, ...measured.map((row) => (row[column] as string).length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column === 0 || column === 5 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ")
      .trimEnd();
  const rule = widths.map((width) => "-".repeat(width)).join("  ");
  return [line(HEADING), rule, ...cells.map((row, at) => (isNote(rows[at] as Row) ? (row[0] as string) : line(row)))].join("\n");
}
