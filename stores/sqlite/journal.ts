/**
 * The journal of counters as files of the data directory: `counters.N.journal`, each with the parts that were appended. Where several threads count, each has
 * files of its own, `counters.N.T.journal`.
 */
import { closeSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Journal } from "../journal-contract.ts";

const NAME = /^counters\.(\d+)(?:\.\d+)?\.journal$/;

/** Call it while holding the lock of the directory. */
export function openJournal(directory: string): Journal & { close(): void } {
  const earlier = namesIn(directory);
  const left = earlier.map((name) => readFileSync(join(directory, name)));
  const last = Math.max(0, ...earlier.map(numberOf));
  return journalIn(directory, { earlier, left, last, ending: "journal" });
}

/** Of another thread than the first, which has read what earlier runs have left. */
export function openThreadJournal(directory: string, thread: number): Journal & { close(): void } {
  return journalIn(directory, { earlier: [], left: [], last: 0, ending: `${thread}.journal` });
}

/** By number: the oldest first. */
function namesIn(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => NAME.test(name))
    .sort((a, b) => numberOf(a) - numberOf(b));
}

const numberOf = (name: string): number => Number(NAME.exec(name)?.[1]);

interface Files {
  /** Names of files that are there already. */
  readonly earlier: readonly string[];
  readonly left: readonly Uint8Array[];
  readonly last: number;
  readonly ending: string;
}

function journalIn(directory: string, { earlier, left, last, ending }: Files): Journal & { close(): void } {
  const pathOf = (name: string): string => join(directory, name);
  const files = new Set(earlier);
  let number = last;
  let current = "";
  let file: number | undefined;
  const close = (): void => {
    if (file !== undefined) closeSync(file);
    file = undefined;
  };
  return {
    left,
    append(bytes) {
      try {
        if (file === undefined) {
          current = `counters.${++number}.${ending}`;
          file = openSync(pathOf(current), "a", 0o600);
          files.add(current);
        }
        // Into the memory of the operating system: some microseconds, whatever the disk does.
        writeSync(file, bytes);
      } catch {
        // A full disk: the counters are in memory, and reach the database when it has room again.
      }
    },
    turn: close,
    discard() {
      for (const each of files) {
        if (file !== undefined && each === current) continue;
        rmSync(pathOf(each), { force: true });
        files.delete(each);
      }
    },
    discardAll() {
      close();
      for (const name of namesIn(directory)) rmSync(pathOf(name), { force: true });
      files.clear();
    },
    close,
  };
}
