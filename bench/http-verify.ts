/** Verification over HTTP: the server as people start it, against node:http doing as little as a verification can. */
import { join } from "node:path";
import type { BareHttpOptions } from "./bare-http.ts";
import { cpuSeconds } from "./cpu.ts";
import { portOf, requestText } from "./http-requests.ts";
import type { LoadOptions } from "./load-client.ts";
import { operate, type Server, startContestant, startKeyward } from "./processes.ts";
import { type Contestant, spreadOf, takeTurns } from "./rounds.ts";
import { note, type Row, rateRow } from "./table.ts";

const KEYS = 100;
const CONNECTIONS = 32;
const ROUNDS = 5;
const SLICE_MS = 1_500;
const VERIFY_PATH = "/keyward/v1/verify";

export interface KeyedServer extends Server {
  readonly keys: readonly string[];
  /** Asks for one verification after the other. */
  readonly load: LoadOptions;
}

/** A hundred key pairs, each bound to a website, with scopes and all three limits; every second request is the public key alone. */
async function serverWithPairs(): Promise<LoadOptions> {
  const server = await startKeyward(undefined, ["--platform", join(import.meta.dirname, "pairs-platform.ts")]);
  const { id } = await operate<{ id: string }>(server, "/keyward/v1/organizations", { name: "Bench" });
  const { token } = await operate<{ token: string }>(server, "/keyward/v1/service-tokens", { name: "bench" });
  const [most, scopes] = [1_000_000_000, ["agents:read", "agents:write"]];
  const limits = { requestsPerMinute: most, requestsPerDay: most, concurrentRequests: most };
  const body = { name: "bench", limits, scopes, domains: ["example.com", "*.example.org"] };
  const create = () => operate<{ publicKey: string; secretKey: string }>(server, `/keyward/v1/organizations/${id}/keys`, body);
  const pairs = await Promise.all(Array.from({ length: KEYS }, create));
  const requests = pairs.map(({ publicKey, secretKey }, at) => {
    const key = at % 2 === 0 ? publicKey : `${publicKey}:${secretKey}`;
    return requestText({
      method: "POST",
      path: VERIFY_PATH,
      authorization: token,
      body: { key, origin: "https://app.example.org:8443", scopes: ["agents:read"] },
    });
  });
  return { port: portOf(server.url), requests, connections: CONNECTIONS, status: 200, contains: '"valid":true' };
}

/** Keyward with a hundred keys that have a limit per minute, which nothing here reaches. */
export async function serverWithKeys(env: Readonly<Record<string, string>> = {}): Promise<KeyedServer> {
  const server = await startKeyward(undefined, [], env);
  const { id } = await operate<{ id: string }>(server, "/keyward/v1/organizations", { name: "Bench" });
  const { token } = await operate<{ token: string }>(server, "/keyward/v1/service-tokens", { name: "bench" });
  const body = { name: "bench", limits: { requestsPerMinute: 1_000_000_000 } };
  const create = () => operate<{ key: string }>(server, `/keyward/v1/organizations/${id}/keys`, body);
  const keys = (await Promise.all(Array.from({ length: KEYS }, create))).map(({ key }) => key);
  const requests = keys.map((key) => requestText({ method: "POST", path: VERIFY_PATH, authorization: token, body: { key } }));
  const load = { port: portOf(server.url), requests, connections: CONNECTIONS, status: 200, contains: '"valid":true' };
  return { ...server, keys, load };
}

export async function httpVerify(): Promise<Row[]> {
  const server = await serverWithKeys();
  const bare = await startContestant("bare-http.ts", await answerOf(server.load));
  const whoami = server.keys.map((key) => requestText({ method: "GET", path: "/keyward/v1/whoami", authorization: key }));
  const load = (options: LoadOptions) => startContestant("load-client.ts", options);
  const floor = watched(await load({ ...server.load, port: bare.ready.port ?? 0 }), bare.child.pid);
  const ours = watched(await load(server.load), server.child.pid);
  const oursByWhoami = watched(await load({ ...server.load, requests: whoami, contains: '"keyId":' }), server.child.pid);
  const everything = await load(await serverWithPairs());
  const [floorRates = [], rates = [], whoamiRates = [], everythingRates = []] = await takeTurns([floor, ours, oursByWhoami, everything], {
    rounds: ROUNDS,
    sliceMs: SLICE_MS,
  });
  return [
    note(`Over HTTP, ${KEYS} keys with a limit per minute, ${CONNECTIONS} connections; floor: bare node:http, same response`),
    rateRow("  POST /keyward/v1/verify", rates, floorRates, 0.75),
    rateRow("  the same, for a second of the server's CPU", perCpu(rates, ours.shares), perCpu(floorRates, floor.shares)),
    rateRow("  POST /keyward/v1/verify: pairs, origins, scopes, three limits", everythingRates, floorRates, 0.6),
    rateRow("  GET /keyward/v1/whoami", whoamiRates, floorRates, 0.6),
    rateRow("  the same, for a second of the server's CPU", perCpu(whoamiRates, oursByWhoami.shares), perCpu(floorRates, floor.shares)),
    note(
      `  the server's share of a core under load: ours ${percent(ours.shares)}, floor ${percent(floor.shares)}; were it well under 100 %, the client set the pace`,
    ),
  ];
}

/** The response to one verification, which the floor sends too. Node adds Date and Connection in both cases. */
async function answerOf({ port, requests }: LoadOptions): Promise<BareHttpOptions> {
  const [head = "", body = ""] = (requests[0] ?? "").split("\r\n\r\n");
  const authorization = /^Authorization: (.*)$/m.exec(head)?.[1] ?? "";
  const headers = { authorization, "content-type": "application/json" };
  const response = await fetch(`http://127.0.0.1:${port}${VERIFY_PATH}`, { method: "POST", headers, body });
  const own = [...response.headers].filter(([name]) => !["date", "connection", "keep-alive"].includes(name));
  return { headers: Object.fromEntries(own), body: await response.text() };
}

/** Notes the server's CPU in each slice that counts: seconds of all its threads by seconds that passed. */
function watched(contestant: Contestant, pid: number | undefined): Contestant & { readonly shares: readonly number[] } {
  const shares: number[] = [];
  let isWarm = false;
  return {
    shares,
    async slice(milliseconds) {
      const [cpu, began] = [cpuSeconds(pid), performance.now()];
      const rate = await contestant.slice(milliseconds);
      if (isWarm) shares.push(((cpuSeconds(pid) - cpu) * 1_000) / (performance.now() - began));
      isWarm = true;
      return rate;
    },
  };
}

/** What the machine's other users took away is not in it. */
const perCpu = (rates: readonly number[], shares: readonly number[]): number[] =>
  rates.map((rate, round) => rate / (shares[round] ?? Number.NaN));
const percent = (shares: readonly number[]): string => `${Math.round(100 * spreadOf(shares).median)} %`;
