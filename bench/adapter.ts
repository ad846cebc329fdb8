/** The Express adapter: the same application with it and without it, behind the library and behind a Keyward on the same machine. */
import { Agent, get } from "node:http";
import { keyward, platforms } from "../index.ts";
import { openSqlite } from "../stores/sqlite/open.ts";
import type { ExpressAppOptions } from "./express-app.ts";
import { requestText } from "./http-requests.ts";
import { serverWithKeys } from "./keyed-server.ts";
import { operate, startContestant, temporaryDirectory } from "./processes.ts";
import { spreadOf, takeTurns } from "./rounds.ts";
import { boundRow, note, type Row, rateRow } from "./table.ts";

const SECRET = "a secret of the benchmark's own, long enough";
const KEYS = 100;
const CONNECTIONS = 32;
const ROUNDS = 5;
const SLICE_MS = 1_500;
const LATENCY_ROUNDS = 20;
const REQUESTS_A_ROUND = 100;

const startApp = (options: ExpressAppOptions) => startContestant("express-app.ts", options);

export async function adapter(): Promise<Row[]> {
  const bare = await startApp({ behind: "nothing" });
  const directory = temporaryDirectory();
  const keys = await createKeys(directory);
  const library = await startApp({ behind: "library", directory, secret: SECRET });
  const keyward = await serverWithKeys();
  const { token } = await operate<{ token: string }>(keyward, "/keyward/v1/service-tokens", { name: "adapter" });
  const elsewhere = await startApp({ behind: "elsewhere", url: keyward.url, token });

  const requests = keys.map((key) => requestText({ method: "GET", path: "/agents", authorization: key }));
  const load = { requests, connections: CONNECTIONS, status: 200, contains: '"agents":[]' };
  const loads = [bare, library].map(({ ready }) => startContestant("load-client.ts", { ...load, port: ready.port ?? 0 }));
  const [floorRates = [], rates = []] = await takeTurns(await Promise.all(loads), { rounds: ROUNDS, sliceMs: SLICE_MS });

  const [floorUs, us] = await latencies([bare.ready.port ?? 0, elsewhere.ready.port ?? 0], keyward.keys[0] ?? "");
  return [
    note(`An Express application behind \`protect\`, ${KEYS} keys with a limit per minute; floor: the same application without it`),
    rateRow(`  with the library, ${CONNECTIONS} connections`, rates, floorRates, 0.9),
    boundRow(`  with a Keyward elsewhere on this machine: added to the median of ${floorUs.toFixed(0)} µs`, us - floorUs, "µs", 1_000),
  ];
}

/** In this process: an application is measured as it is after a start, when its keys are there already. */
async function createKeys(directory: string): Promise<readonly string[]> {
  const { store, close } = await openSqlite({ directory });
  const kw = await keyward({ platform: platforms.keyward, store, secret: SECRET });
  const organization = await kw.organizations.create({ name: "Bench" }, "operator");
  if (!organization.ok) throw new Error(organization.problem.detail);
  const create = async () => {
    const created = await kw.keys.create(organization.value.id, { limits: { requestsPerMinute: 1_000_000_000 } }, "operator");
    if (!created.ok || created.value.shown === undefined || !("key" in created.value.shown)) throw new Error("no key was created");
    return created.value.shown.key;
  };
  const keys = await Promise.all(Array.from({ length: KEYS }, create));
  await kw.close();
  await close();
  return keys;
}

/** The median time of a request to each port in microseconds, one request after the other over a kept connection, in turns. */
async function latencies(ports: readonly [number, number], key: string): Promise<[number, number]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const times: [number[], number[]] = [[], []];
  for (let round = -1; round < LATENCY_ROUNDS; round++)
    for (const at of [0, 1] as const)
      for (let request = 0; request < REQUESTS_A_ROUND; request++) {
        const took = await timeOf(ports[at], key, agent);
        // The first round is for the compiler.
        if (round >= 0) times[at].push(took);
      }
  agent.destroy();
  return [spreadOf(times[0]).median, spreadOf(times[1]).median];
}

function timeOf(port: number, key: string, agent: Agent): Promise<number> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const request = get({ port, host: "127.0.0.1", path: "/agents", headers: { authorization: `Bearer ${key}` }, agent }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`the application responded with ${response.statusCode}`));
      response.resume().once("end", () => resolve((performance.now() - began) * 1_000));
    });
    request.once("error", reject);
  });
}
