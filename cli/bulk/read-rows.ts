/** Reads a file of rows, CSV or NDJSON by its name, as records with the line of each. Pure but for reading the file. */
import { readFile } from "node:fs/promises";
import { EXIT, Failure } from "../failure.ts";
import { readCsv } from "./csv.ts";

export interface Row {
  readonly line: number;
  readonly values: Readonly<Record<string, unknown>>;
}

/** What is wrong with a line, as a sentence for people. */
export interface BadLine {
  readonly line: number;
  readonly problem: string;
}

/** How the text of a CSV cell becomes a value of a record. Undefined leaves the field out. A string says what is wrong. */
export type ReadCell = (column: string, text: string) => { readonly value: unknown } | { readonly problem: string };

interface RowsFile {
  readonly rows: readonly Row[];
  readonly bad: readonly BadLine[];
}

/** @throws Failure when the file cannot be read, or is neither CSV nor NDJSON */
export async function readRows(file: string, readCell: ReadCell): Promise<RowsFile> {
  const form = /\.(csv|ndjson|jsonl)$/i.exec(file)?.[1]?.toLowerCase();
  if (form === undefined) throw new Failure(`${file} must end in .csv or .ndjson`, { exitCode: EXIT.usage });
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new Failure(`${file} cannot be read (${error.code ?? error.message})`, { exitCode: EXIT.usage });
  });
  return form === "csv" ? csvRows(text, readCell) : ndjsonRows(text);
}

function csvRows(text: string, readCell: ReadCell): RowsFile {
  const read = readCsv(text);
  if ("problem" in read) return { rows: [], bad: [read] };
  const [heading, ...body] = read.rows;
  if (heading === undefined) return { rows: [], bad: [{ line: 1, problem: "the first line must name the columns" }] };
  const columns = heading.cells.map((name) => name.trim());
  const twice = columns.find((name, at) => columns.indexOf(name) !== at);
  if (twice !== undefined) return { rows: [], bad: [{ line: heading.line, problem: `the column ${twice} is there twice` }] };
  // The heading of every column is checked, even if no row has a value in it.
  const unknown = columns.flatMap((name) => problemOf(readCell(name, "")));
  if (unknown.length > 0) return { rows: [], bad: unknown.map((problem) => ({ line: heading.line, problem })) };

  const rows: Row[] = [];
  const bad: BadLine[] = [];
  for (const { line, cells } of body) {
    if (cells.length !== columns.length) {
      bad.push({ line, problem: `it has ${cells.length} cells, and there are ${columns.length} columns` });
      continue;
    }
    const given = columns.map((name, at) => [name, cells[at] ?? ""] as const).filter(([, cell]) => cell !== "");
    const values = given.map(([name, cell]) => [name, readCell(name, cell)] as const);
    const problems = values.flatMap(([, read]) => problemOf(read));
    if (problems.length > 0) bad.push(...problems.map((problem) => ({ line, problem })));
    else rows.push({ line, values: Object.fromEntries(values.map(([name, read]) => [name, "value" in read ? read.value : undefined])) });
  }
  return { rows, bad };
}

function problemOf(read: ReturnType<ReadCell>): string[] {
  return "problem" in read ? [read.problem] : [];
}

function ndjsonRows(text: string): RowsFile {
  const rows: Row[] = [];
  const bad: BadLine[] = [];
  for (const [at, whole] of text
    .replace(/^\ufeff/, "")
    .split("\n")
    .entries()) {
    const line = at + 1;
    if (whole.trim() === "") continue;
    const values = parsed(whole);
    if (values === undefined) bad.push({ line, problem: "it is no JSON object" });
    else rows.push({ line, values });
  }
  return { rows, bad };
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** @throws Failure that has named every bad line, when there is one. `consequence` says that nothing was done. */
export function refuseBadLines(file: string, bad: readonly BadLine[], consequence: string, tell: (sentence: string) => void): void {
  if (bad.length === 0) return;
  for (const { line, problem } of [...bad].sort((a, b) => a.line - b.line)) tell(`${file}:${line}: ${problem}`);
  throw new Failure(`${bad.length === 1 ? "1 problem was" : `${bad.length} problems were`} found in ${file}; ${consequence}`, {
    exitCode: EXIT.usage,
    next: "correct these lines, and run the command again",
  });
}
