/** Durable creations over HTTP, against bare inserts into the same kind of database on the same disk. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { BareSqliteOptions } from "./bare-sqlite.ts";
import { portOf, requestText } from "./http-requests.ts";
import type { LoadOptions } from "./load-client.ts";
import { operate, startContestant, startKeyward, temporaryDirectory } from "./processes.ts";
import { takeTurns } from "./rounds.ts";
import { note, type Row, rateRow } from "./table.ts";

const CONNECTIONS = 16;
const ROUNDS = 7;
const SLICE_MS = 1_000;

export async function creation(): Promise<Row[]> {
  const server = await startKeyward();
  const { id } = await operate<{ id: string }>(server, "/keyward/v1/organizations", { name: "Bench" });
  const { token } = JSON.parse(readFileSync(join(server.directory, "server.json"), "utf8")) as { token: string };
  const path = `/keyward/v1/organizations/${id}/keys`;
  const requests = [requestText({ method: "POST", path, authorization: token, body: { name: "bench" } })];
  const load: LoadOptions = { port: portOf(server.url), requests, connections: CONNECTIONS, status: 201 };
  const ours = await startContestant("load-client.ts", load);
  const floor = await startContestant("bare-sqlite.ts", { directory: temporaryDirectory() } satisfies BareSqliteOptions);
  const [floorRates = [], rates = []] = await takeTurns([floor, ours], { rounds: ROUNDS, sliceMs: SLICE_MS });
  return [
    note(`Durable creations over HTTP, ${CONNECTIONS} connections; floor: bare node:sqlite inserts, a transaction each, synchronous=FULL`),
    rateRow("  POST .../organizations/{id}/keys", rates, floorRates, 0.7),
  ];
}
