/** Run as a process of its own: how much of what verifications allocate survives, after many creations have waited at once. Prints the share, from 0 to 1. */
import { connect, type Socket } from "node:net";
import { parseArgs } from "node:util";
import { GCProfiler } from "node:v8";
import { launch } from "../support/server.ts";

const CONNECTIONS = 64;
const { creations, verifications } = parseArgs({ options: { creations: { type: "string" }, verifications: { type: "string" } } }).values;

const ends: (() => Promise<void>)[] = [];
const server = await launch({}, (end) => ends.push(end));
const organization = await server.newOrganization();
const { key } = await server.newKey(organization);
const serviceToken = await server.newServiceToken();
const { hostname, port } = new URL(server.url);

await sendAll(Number(creations), post(`/keyward/v1/organizations/${organization}/keys`, server.operatorToken, "{}"));
const verification = post("/keyward/v1/verify", serviceToken, JSON.stringify({ key }));
await sendAll(Number(verifications), verification);
const profiler = new GCProfiler();
profiler.start();
await sendAll(Number(verifications), verification);
console.log(survivalIn(profiler.stop().statistics));
for (const end of ends) await end();
process.exit();

function post(path: string, token: string, body: string): string {
  const head = `POST ${path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
  return `${head}\r\n\r\n${body}`;
}

/** One request on each connection at a time. */
async function sendAll(count: number, request: string): Promise<void> {
  let left = count;
  const one = (socket: Socket) =>
    new Promise<void>((done, failed) => {
      socket.on("error", failed).on("data", (chunk: Buffer) => {
        if (!/^HTTP\/1\.1 20[01] /.test(chunk.toString("latin1", 0, 13))) failed(new Error(chunk.toString("latin1")));
        else if (left-- > 0) socket.write(request);
        else socket.end(done);
      });
      left--;
      socket.write(request);
    });
  await Promise.all(Array.from({ length: CONNECTIONS }, () => one(connect(Number(port), hostname))));
}

/** Of what the young generation held at each of its collections. */
function survivalIn(collections: ReturnType<GCProfiler["stop"]>["statistics"]): number {
  const young = collections.filter(({ gcType }) => gcType === "Scavenge");
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  const held = young.map(({ beforeGC }) => beforeGC.heapSpaceStatistics.find(({ spaceName }) => spaceName === "new_space")?.spaceUsedSize);
  const freed = young.map(({ beforeGC, afterGC }) => beforeGC.heapStatistics.usedHeapSize - afterGC.heapStatistics.usedHeapSize);
  return 1 - sum(freed) / sum(held.map((bytes = 0) => bytes));
}
