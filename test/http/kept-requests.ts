/**
 * Run as a process of its own: how much of what verifications allocate survives its first collection, after many creations have waited at
 * once. Prints the share, from 0 to 1.
 */
import { parseArgs } from "node:util";
import { GCProfiler } from "node:v8";
import { garbageOf } from "../../bench/garbage.ts";
import { launch } from "../support/server.ts";
import { Pipeline } from "./pipeline.ts";

const CONNECTIONS = 64;
const { creations, verifications } = parseArgs({ options: { creations: { type: "string" }, verifications: { type: "string" } } }).values;

const ends: (() => Promise<void>)[] = [];
const server = await launch({}, (end) => ends.push(end));
const organization = await server.newOrganization();
const { key } = await server.newKey(organization);
const serviceToken = await server.newServiceToken();

await sendAll(Number(creations), 201, post(`/keyward/v1/organizations/${organization}/keys`, server.operatorToken, "{}"));
const verification = post("/keyward/v1/verify", serviceToken, JSON.stringify({ key }));
await sendAll(Number(verifications), 200, verification);
const profiler = new GCProfiler();
profiler.start();
const began = performance.now();
await sendAll(Number(verifications), 200, verification);
console.log(garbageOf(profiler.stop().statistics, performance.now() - began).survival);
for (const end of ends) await end();
process.exit();

function post(path: string, token: string, body: string): string {
  const head = `POST ${path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
  return `${head}\r\n\r\n${body}`;
}

/** One request at a time on each of the connections. */
async function sendAll(count: number, status: number, request: string): Promise<void> {
  const pipelines = await Promise.all(Array.from({ length: CONNECTIONS }, () => Pipeline.open(server.url, status)));
  let left = count;
  const sendOnes = async (pipeline: Pipeline) => {
    while (left-- > 0) await pipeline.send([request]);
    pipeline.close();
  };
  await Promise.all(pipelines.map(sendOnes));
}
