/** The journal of counters as files of the data directory: `counters.N.journal`, each with the parts that were appended. */
import { closeSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Journal } from "../journal-contract.ts";

const NAME = /^counters\.(\d+)\.journal$/;

/** Call it while holding the lock of the directory. */
export function openJournal(directory: string): Journal & { close(): void } {
  const earlier = readdirSync(directory)
    .flatMap((name) => NAME.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
  const pathOf = (number: number): string => join(directory, `counters.${number}.journal`);
  const files = new Set(earlier);
  let number = earlier.at(-1) ?? 0;
  let file: number | undefined;
  const close = (): void => {
    if (file !== undefined) closeSync(file);
    file = undefined;
  };
  return {
    left: earlier.map((each) => readFileSync(pathOf(each))),
    append(bytes) {
      try {
        if (file === undefined) {
          number++;
          file = openSync(pathOf(number), "a", 0o600);
          files.add(number);
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
        if (file !== undefined && each === number) continue;
        rmSync(pathOf(each), { force: true });
        files.delete(each);
      }
    },
    close,
  };
}
