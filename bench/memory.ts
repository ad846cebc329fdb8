/** Memory of a cached key, with a million of them, each verified once and flushed. */
import type { MemoryOptions } from "./memory-contestant.ts";
import { startContestant } from "./processes.ts";
import { boundRow, note, type Row } from "./table.ts";

const SIZE = 1_000_000;
const MOST_BYTES = 450;

export async function memory(): Promise<Row[]> {
  const bytesPerKey = async (requestsPerMinute: number | null): Promise<number> => {
    const options: MemoryOptions = { size: SIZE, requestsPerMinute };
    const { ready } = await startContestant("memory-contestant.ts", options, ["--expose-gc"]);
    return ready.bytesPerKey ?? Number.NaN;
  };
  const [unlimited, limited] = await Promise.all([bytesPerKey(null), bytesPerKey(60)]);
  return [
    note("Memory of a cached key, of 1,000,000: heap and array buffers after a full collection, each key verified once and flushed"),
    boundRow("  no limits", unlimited, "bytes", MOST_BYTES),
    boundRow("  60/min each", limited, "bytes", MOST_BYTES),
  ];
}
