/** Forward-auth: by itself against node:http doing as little as a verification can, and behind nginx against nginx asking that floor. */
import type { BareHttpOptions } from "./bare-http.ts";
import { portOf, requestText } from "./http-requests.ts";
import { type KeyedServer, serverWithKeys } from "./http-verify.ts";
import type { LoadOptions } from "./load-client.ts";
import { startContestant } from "./processes.ts";
import { takeTurns } from "./rounds.ts";
import { note, type Row, rateRow } from "./table.ts";

const PATH = "/keyward/v1/forward-auth";
const ROUNDS = 5;
const SLICE_MS = 1_500;

export async function forwardAuth(): Promise<Row[]> {
  const server = await serverWithKeys({ KEYWARD_TRUSTED_PROXIES: "127.0.0.1" });
  const bare = await startContestant("bare-get.ts", await answerOf(server));
  const requests = server.keys.map((key) => requestText({ method: "GET", path: PATH, authorization: key, lines: AS_GATEWAY }));
  const load = (port: number) =>
    startContestant("load-client.ts", { port, requests, connections: server.load.connections, status: 200 } satisfies LoadOptions);
  const [floorRates = [], rates = []] = await takeTurns([await load(bare.ready.port ?? 0), await load(portOf(server.url))], {
    rounds: ROUNDS,
    sliceMs: SLICE_MS,
  });
  return [
    note(`Forward-auth, ${server.keys.length} keys with a limit per minute; floor: bare node:http, same response`),
    rateRow(`  GET ${PATH}, as a gateway asks`, rates, floorRates, 0.75),
  ];
}

const AS_GATEWAY = [
  "X-Forwarded-Method: GET",
  "X-Forwarded-Uri: /agents?page=2",
  "X-Forwarded-Host: api.example.com",
  "X-Forwarded-For: 192.0.2.1",
];

/** What an allowed request gets, as the floor's response. Node adds Date and Connection by itself, here as there. */
async function answerOf({ url, keys }: KeyedServer): Promise<BareHttpOptions> {
  const response = await fetch(url + PATH, { headers: { authorization: `Bearer ${keys[0]}` } });
  const own = [...response.headers].filter(([name]) => !["date", "connection", "keep-alive"].includes(name));
  return { headers: Object.fromEntries(own), body: await response.text() };
}
