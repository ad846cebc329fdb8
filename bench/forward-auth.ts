/** Forward-auth: by itself against node:http doing as little as a verification can, and behind nginx against nginx asking that floor. */
import type { BareHttpOptions } from "./bare-http.ts";
import { portOf, requestText } from "./http-requests.ts";
import { type KeyedServer, serverWithKeys } from "./keyed-server.ts";
import type { LoadOptions } from "./load-client.ts";
import { findNginx, NGINX_FILE, startNginx } from "./nginx.ts";
import { startContestant } from "./processes.ts";
import { takeTurns } from "./rounds.ts";
import { note, type Row, rateRow } from "./table.ts";

const PATH = "/keyward/v1/forward-auth";
const ROUNDS = 5;
const SLICE_MS = 1_500;

export async function forwardAuth(): Promise<Row[]> {
  const server = await serverWithKeys({ KEYWARD_TRUSTED_PROXIES: "127.0.0.1" });
  const bare = await startContestant("bare-get.ts", await answerOf(server));
  const ports: [floor: number, ours: number] = [bare.ready.port ?? 0, portOf(server.url)];
  const [floor, ours] = await measure(server, ports, PATH, AS_GATEWAY);
  return [
    note(`Forward-auth, ${server.keys.length} keys with a limit per minute; floor: bare node:http, same response`),
    rateRow(`  GET ${PATH}, as a gateway asks`, ours, floor, 0.75),
    await behindNginx(server, ports),
  ];
}

async function behindNginx(server: KeyedServer, [floorPort, ourPort]: readonly [number, number]): Promise<Row> {
  const program = findNginx(process.env);
  if (program === undefined)
    return note("  through nginx: not measured, because there is no nginx here; KEYWARD_GATEWAYS may name its directory");
  const ports = [await startNginx(program, floorPort), await startNginx(program, ourPort)] as const;
  const [floor, ours] = await measure(server, ports, NGINX_FILE, []);
  return rateRow("  through nginx's auth_request; floor: nginx asking that floor", ours, floor, 0.8);
}

/** The rates of the floor and of ours, round by round. */
async function measure(
  { keys, load: { connections } }: KeyedServer,
  ports: readonly [floor: number, ours: number],
  path: string,
  lines: readonly string[],
): Promise<readonly [floor: readonly number[], ours: readonly number[]]> {
  const requests = keys.map((key) => requestText({ method: "GET", path, authorization: key, lines }));
  const contestant = (port: number) =>
    startContestant("load-client.ts", { port, requests, connections, status: 200 } satisfies LoadOptions);
  const contestants = [await contestant(ports[0]), await contestant(ports[1])];
  const [floor = [], ours = []] = await takeTurns(contestants, { rounds: ROUNDS, sliceMs: SLICE_MS });
  return [floor, ours];
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
