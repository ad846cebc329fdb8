/** The server by itself: how soon it is there, and how much memory it takes while nobody asks. */
import { setTimeout } from "node:timers/promises";
import { residentBytes } from "./cpu.ts";
import { end, operate, startKeyward } from "./processes.ts";
import { spreadOf } from "./rounds.ts";
import { boundRow, note, type Row } from "./table.ts";

const STARTS = 5;
const REQUESTS = 20;
const MEGABYTE = 1024 * 1024;

export async function server(): Promise<Row[]> {
  const first = await startKeyward();
  const { id } = await operate<{ id: string }>(first, "/keyward/v1/organizations", { name: "Bench" });
  const { key } = await operate<{ key: string }>(first, `/keyward/v1/organizations/${id}/keys`, { name: "bench" });
  for (let request = 0; request < REQUESTS; request++) {
    await fetch(`${first.url}/keyward/v1/whoami`, { headers: { authorization: `Bearer ${key}` } }).then((response) => response.text());
    await operate(first, "/keyward/v1/verify", { key });
  }
  await setTimeout(2_000);
  const megabytes = residentBytes(first.child.pid) / MEGABYTE;
  await end(first.child);

  const startMs: number[] = [];
  while (startMs.length < STARTS) {
    const again = await startKeyward(first.directory);
    startMs.push(again.startMs);
    await end(again.child);
  }
  const starts = spreadOf(startMs);
  return [
    note("The server"),
    boundRow(`  resident memory, idle, after ${2 * REQUESTS} requests`, megabytes, "MB", 150),
    boundRow(
      `  later start, median of ${STARTS} (${Math.round(starts.least)}–${Math.round(starts.most)} ms), to "listening on"`,
      starts.median,
      "ms",
      2_000,
    ),
  ];
}
