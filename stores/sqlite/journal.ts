/**
 * The journal of counters as files of the data directory. A run begins with `counters.R.names.journal`; its parts are in `counters.R.1.journal`,
 * `counters.R.2.journal` and so on. Where several threads count, each has runs of its own: `counters.R-T.names.journal`, where T is its number.
 */
import { closeSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Journal, JournalLeft } from "../journal-contract.ts";

/** Journals of any version: what an older one has left in another form is deleted unread, as it is of the second before its end. */
const ANY_NAME = /^counters\..+\.journal$/;
const NAME = /^counters\.((\d+)(?:-\d+)?)\.(names|\d+)\.journal$/;

type OpenJournal = Journal & { close(): void };

/** Call it while holding the lock of the directory. */
export function openJournal(directory: string): OpenJournal {
  const earlier = filesIn(directory);
  const last = Math.max(0, ...earlier.map(({ run }) => Number.parseInt(run, 10)));
  return journalIn(directory, {
    earlier: readdirSync(directory).filter((name) => ANY_NAME.test(name)),
    left: leftIn(directory, earlier),
    last,
    thread: "",
  });
}

/** Of another thread than the first, which has read what earlier runs have left. */
export function openThreadJournal(directory: string, thread: number): OpenJournal {
  return journalIn(directory, { earlier: [], left: [], last: 0, thread: `-${thread}` });
}

interface JournalFile {
  readonly name: string;
  /** Its number, and that of its thread. */
  readonly run: string;
  /** Undefined for names. */
  readonly part: number | undefined;
}

function filesIn(directory: string): JournalFile[] {
  return readdirSync(directory).flatMap((name) => {
    const [, run, , kind] = NAME.exec(name) ?? [];
    return run === undefined ? [] : [{ name, run, part: kind === "names" ? undefined : Number(kind) }];
  });
}

function leftIn(directory: string, files: readonly JournalFile[]): JournalLeft[] {
  const read = ({ name }: JournalFile): Uint8Array => readFileSync(join(directory, name));
  return [...new Set(files.map(({ run }) => run))].map((each) => {
    const ofRun = files.filter(({ run }) => run === each).sort((a, b) => (a.part ?? 0) - (b.part ?? 0));
    const names = ofRun.filter(({ part }) => part === undefined).map(read);
    return { names: Buffer.concat(names), parts: ofRun.filter(({ part }) => part !== undefined).map(read) };
  });
}

interface Files {
  /** Names of files that are there already. */
  readonly earlier: readonly string[];
  readonly left: readonly JournalLeft[];
  readonly last: number;
  readonly thread: string;
}

function journalIn(directory: string, { earlier, left, last, thread }: Files): OpenJournal {
  /** Ended before the last turn: the next `discard` deletes them. */
  const old = new Set(earlier);
  const ended = new Set<string>();
  let [run, part] = [last + 1, 0];
  const names = appendedFile(directory, () => `counters.${run}${thread}.names.journal`);
  const parts = appendedFile(directory, () => `counters.${run}${thread}.${++part}.journal`);
  const end = (file: AppendedFile): void => {
    const name = file.close();
    if (name !== undefined) ended.add(name);
  };
  return {
    left,
    appendNames: names.append,
    append(bytes) {
      // What follows a part that was cut short could not be read.
      if (!parts.append(bytes)) end(parts);
    },
    turn() {
      end(parts);
      for (const name of ended) old.add(name);
      ended.clear();
    },
    turnNames() {
      end(parts);
      end(names);
      run++;
      part = 0;
    },
    discard() {
      for (const name of old) rmSync(join(directory, name), { force: true });
      old.clear();
    },
    discardAll() {
      names.close();
      parts.close();
      for (const { name } of filesIn(directory)) rmSync(join(directory, name), { force: true });
      old.clear();
      ended.clear();
    },
    close() {
      end(names);
      end(parts);
    },
  };
}

interface AppendedFile {
  /** @returns whether all of them were written. */
  append(bytes: Uint8Array): boolean;
  /** The name of the file that is ended, if there was one. */
  close(): string | undefined;
}

/** A file that is made by the first bytes for it; after `close`, the next bytes make another one. */
function appendedFile(directory: string, nextName: () => string): AppendedFile {
  let name: string | undefined;
  let file: number | undefined;
  return {
    append(bytes) {
      try {
        name ??= nextName();
        file ??= openSync(join(directory, name), "a", 0o600);
        // Into the memory of the operating system: some microseconds, whatever the disk does.
        return writeSync(file, bytes) === bytes.length;
      } catch {
        // A full disk: the counters are in memory, and reach the database when it has room again.
        return false;
      }
    },
    close() {
      const ended = name;
      if (file !== undefined) closeSync(file);
      file = name = undefined;
      return ended;
    },
  };
}
