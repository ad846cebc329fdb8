/** Verification over HTTP: the server as people start it, in three states, against node:http doing as little as a verification can. */
import { join } from "node:path";
import type { BareHttpOptions } from "./bare-http.ts";
import { cpuSeconds, residentBytes } from "./cpu.ts";
import type { Garbage } from "./garbage.ts";
import { GC_OBSERVER, observeGarbage, type ServerInState, STATES, type State, serverWithLimits, serverWithPairs } from "./http-states.ts";
import { CONNECTIONS } from "./keyed-server.ts";
import type { LoadOptions } from "./load-client.ts";
import { endAll, type StartedContestant, startContestant, temporaryDirectory } from "./processes.ts";
import { ratioOf, spreadOf, takeTurns } from "./rounds.ts";
import type { Latency } from "./slices.ts";
import { boundRow, note, type Row, rateRow, shortly } from "./table.ts";

const ROUNDS = 6;
const SLICE_MS = 1_500;
const LATENCY_ROUNDS = 3;
const LATENCY_MS = 3_000;
/** Of the floor's: at the median of several runs, and in the worst of them. */
const P99_TIMES = { atMost: 2, worst: 3 };

interface Measured {
  readonly name: string;
  readonly load: LoadOptions;
  readonly server: ServerInState;
  /** The bare server that sends the same response: with a body to read, or without. */
  readonly floor: "bare-http.ts" | "bare-get.ts";
  readonly atLeast: number;
  readonly worst?: number;
}

/** All three states, or one of them. */
export async function httpVerify(states: readonly State[] = STATES): Promise<Row[]> {
  const rows: Row[] = [];
  for (const state of states) rows.push(...(await inState(state)));
  rows.push(
    note("  latency: from the moment at which a request was due, of a Poisson stream of half as many requests as each server can take"),
  );
  rows.push(note("  survival: of what was allocated, what the first collection of garbage could not free"));
  return rows;
}

async function inState(state: State): Promise<Row[]> {
  const rows = [note(`Over HTTP, ${state.title}; ${CONNECTIONS} connections; floor: bare node:http, same response`)];
  const [limits, pairs] = await Promise.all([serverWithLimits(state), serverWithPairs(state)]);
  const measured: readonly Measured[] = [
    { name: "POST verify", load: limits.verify, server: limits, floor: "bare-http.ts", atLeast: 0.9, worst: 0.85 },
    { name: "POST verify: pairs, origins, scopes, three limits", load: pairs.verify, server: pairs, floor: "bare-http.ts", atLeast: 0.8 },
    { name: "GET whoami", load: limits.whoami, server: limits, floor: "bare-get.ts", atLeast: 0.75 },
  ];
  for (const each of measured) rows.push(...(await measure(state, each)));
  rows.push(boundRow("  resident memory after all of that", residentBytes(limits.server.child.pid) / 1024 / 1024, "MB"));
  await endAll();
  return rows;
}

async function measure(state: State, { name, load, server, floor, atLeast, worst }: Measured): Promise<Row[]> {
  const garbageFile = join(temporaryDirectory(), "garbage.json");
  const bare = await startContestant(floor, await bareResponse(load), ["--import", GC_OBSERVER], { KEYWARD_BENCH_GC: garbageFile });
  const bareLoad = { ...load, port: bare.ready.port ?? 0 };
  const [floorClient, client] = [await startContestant("load-client.ts", bareLoad), await startContestant("load-client.ts", load)];
  // The first slice of each is not counted; with many keys it must last until all of them have been used.
  if (state.keys > load.connections * 1_000) await client.slice(state.keys / 10);
  const contestants = [watched(floorClient, bare.child.pid), watched(client, server.server.child.pid)] as const;
  const [floorRates = [], rates = []] = await takeTurns(contestants, { rounds: ROUNDS, sliceMs: SLICE_MS });
  const [floorLatency, latency] = await latencies([floorClient, client], [floorRates, rates]);
  const garbageOf = (pid: number | undefined, file: string, loader: StartedContestant) =>
    observeGarbage(pid, file, () => loader.slice(SLICE_MS));
  const floorGarbage = await garbageOf(bare.child.pid, garbageFile, floorClient);
  const garbage = await garbageOf(server.server.child.pid, server.garbageFile, client);
  const [floorCpu, cpu] = contestants.map(({ cpuUs }) => cpuUs);
  for (const child of [bare, floorClient, client]) child.child.disconnect();
  return [
    rateRow(`  ${name}`, rates, floorRates, atLeast, worst),
    cpuRow(cpu, floorCpu),
    latencyRow(latency, floorLatency),
    garbageRow(garbage, floorGarbage),
  ];
}

/** The response to one request, which the floor sends too. Node adds Date and Connection in both cases. */
export async function bareResponse({ port, requests }: LoadOptions): Promise<BareHttpOptions> {
  const [head = "", body = ""] = (requests[0] ?? "").split("\r\n\r\n");
  const [line = "", ...lines] = head.split("\r\n");
  const [method = "", path = ""] = line.split(" ");
  const headers = Object.fromEntries(lines.map((each) => [each.slice(0, each.indexOf(":")), each.slice(each.indexOf(":") + 2)]));
  const { Authorization: authorization = "", "Content-Type": contentType } = headers;
  const sent = { authorization, ...(contentType !== undefined && { "content-type": contentType }) };
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers: sent, ...(method === "POST" && { body }) });
  const own = [...response.headers].filter(([name]) => !["date", "connection", "keep-alive"].includes(name));
  return { headers: Object.fromEntries(own), body: await response.text() };
}

/** Notes the microseconds of the server's CPU, of all its threads, for each request of every slice that counts. */
function watched(client: StartedContestant, pid: number | undefined) {
  const cpuUs: number[] = [];
  let isWarm = false;
  return {
    cpuUs,
    async slice(milliseconds: number) {
      const before = cpuSeconds(pid);
      const { done = 0, seconds = Number.NaN } = await client.ask({ milliseconds });
      if (isWarm) cpuUs.push(((cpuSeconds(pid) - before) * 1_000_000) / done);
      isWarm = true;
      return done / seconds;
    },
  };
}

/** Each at half of its own maximum, in turns. */
async function latencies(clients: readonly StartedContestant[], rates: readonly (readonly number[])[]): Promise<Latency[]> {
  const found: Latency[][] = clients.map(() => []);
  for (let round = 0; round < LATENCY_ROUNDS; round++) {
    for (const [at, client] of clients.entries()) {
      const { latency } = await client.ask({ milliseconds: LATENCY_MS, perSecond: spreadOf(rates[at] ?? []).median / 2 });
      if (latency !== undefined) found[at]?.push(latency);
    }
  }
  const median = (all: readonly Latency[], part: keyof Latency) => spreadOf(all.map((latency) => latency[part])).median;
  return found.map((all) => ({ p50: median(all, "p50"), p99: median(all, "p99"), p999: median(all, "p999") }));
}

/** The same comparison without what the machine's other users took away. */
function cpuRow(ours: readonly number[] = [], floor: readonly number[] = []): Row {
  const ratio = ratioOf(floor, ours);
  const us = (values: readonly number[]) => `${spreadOf(values).median.toFixed(1)} µs`;
  return {
    ...note("    CPU of the server for each request"),
    ours: us(ours),
    floor: us(floor),
    ratio: shortly(ratio),
    value: ratio.median,
  };
}

function latencyRow(ours: Latency | undefined, floor: Latency | undefined): Row {
  const text = (latency: Latency | undefined) =>
    latency === undefined ? "" : [latency.p50, latency.p99, latency.p999].map((ms) => ms.toFixed(2)).join(" / ");
  const times = (ours?.p99 ?? Number.NaN) / (floor?.p99 ?? Number.NaN);
  return {
    measure: "    latency at half load, ms: p50 / p99 / p99.9; ratio of the p99",
    ours: text(ours),
    floor: text(floor),
    ratio: times.toFixed(2),
    target: `≤ ${P99_TIMES.atMost} (worst ${P99_TIMES.worst})`,
    met: times <= P99_TIMES.atMost,
    value: times,
    bound: P99_TIMES,
  };
}

function garbageRow(ours: Garbage, floor: Garbage): Row {
  const text = ({ share, survival }: Garbage) => `${(100 * share).toFixed(1)} %, ${(100 * survival).toFixed(1)} %`;
  return { ...note("    collecting garbage: share of the time, survival"), ours: text(ours), floor: text(floor) };
}
