/** Several nodes on one PostgreSQL: how long a revocation takes until it holds on all of them, and what a verification costs on a node. */
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PostgresServer, startPostgres } from "../test/support/postgres-server.ts";
import { keyedContestant } from "./keyed-contestant.ts";
import { endAll, operate, type Server, startKeyward } from "./processes.ts";
import { spreadOf, takeTurns } from "./rounds.ts";
import { boundRow, note, type Row, rateRow } from "./table.ts";

const NODES = 3;
const REVOCATIONS = 300;
const REVOKED_WITHIN_MS = 10;
const ROUNDS = 8;
const SLICE_MS = 1_000;
const VERIFIES_AT_LEAST = 0.95;

export async function nodes(): Promise<Row[]> {
  const postgres = await startPostgres({ directory: mkdtempSync(join(tmpdir(), "keyward-bench-postgres-")) });
  try {
    return [
      note(`Nodes: ${NODES} processes on one PostgreSQL, all on this machine; ${REVOCATIONS} revocations, one after the other`),
      ...(await revocations(postgres)),
      ...(await verification(postgres)),
    ];
  } finally {
    await endAll();
    await postgres.stop();
  }
}

async function revocations(postgres: PostgresServer): Promise<Row[]> {
  const start = () => startKeyward(undefined, [], settings(postgres));
  const first = await start();
  const { id } = await operate<{ id: string }>(first, "/keyward/v1/organizations", { name: "Bench" });
  const alone = await revoke(first, id);
  for (let count = 1; count < NODES; count++) await start();
  const together = await revoke(first, id);
  await endAll();
  return [
    boundRow(`  a revocation is answered on ${NODES} nodes: median`, spreadOf(together).median, "ms", REVOKED_WITHIN_MS),
    boundRow("    99 of 100 within", together.toSorted((a, b) => a - b)[Math.floor(together.length * 0.99)] ?? Number.NaN, "ms"),
    boundRow("    on one node: median", spreadOf(alone).median, "ms"),
  ];
}

/** How long each took, in milliseconds. */
async function revoke({ url, directory, ...server }: Server, organization: string): Promise<number[]> {
  const { token } = JSON.parse(readFileSync(join(directory, "server.json"), "utf8")) as { token: string };
  const path = `/keyward/v1/organizations/${organization}/keys`;
  const took: number[] = [];
  for (let count = 0; count < REVOCATIONS; count++) {
    const { id } = await operate<{ id: string }>({ url, directory, ...server }, path, { name: "bench" });
    const began = performance.now();
    const { status } = await fetch(`${url}${path}/${id}`, { method: "DELETE", headers: { authorization: `Bearer ${token}` } });
    took.push(performance.now() - began);
    if (status !== 204) throw new Error(`a revocation responded with ${status}`);
  }
  return took;
}

/**
 * A node against the embedded database, with all keys in memory, by what a request costs the server. Requests a second would say how much of the
 * machine the database and the client leave to it: they share its cores.
 */
async function verification(postgres: PostgresServer): Promise<Row[]> {
  const one = { KEYWARD_THREADS: "1" };
  const [embedded, node] = [await keyedContestant(one), await keyedContestant({ ...one, ...settings(postgres) })];
  const [floor = [], ours = []] = await takeTurns([embedded, node], { rounds: ROUNDS, sliceMs: SLICE_MS });
  return [
    note("Verification over HTTP on one node, keys in memory; floor: the embedded database"),
    rateRow("  requests for each second of the server's CPU", node.perCpuSecond, embedded.perCpuSecond, VERIFIES_AT_LEAST),
    rateRow("  requests a second, beside the database and the client", ours, floor),
  ];
}

function settings({ url }: PostgresServer): Record<string, string> {
  return { KEYWARD_DATABASE_URL: url, KEYWARD_SECRET: "the secret of all nodes of a benchmark" };
}
