/** A gateway as the guide configures it, between a client and an API, with Keyward beside it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { definePlatform, keyward } from "../../platforms/index.ts";
import { StoreUnavailable } from "../../stores/contract.ts";
import { type InProcess, inProcess } from "../http/in-process.ts";
import type { RawResponse } from "../http/raw-http.ts";
import { Upstream } from "../http/upstream.ts";
import { traceDirectory } from "../support/root.ts";
import { freePort } from "../support/server.ts";
import { sendToGateway } from "./send.ts";

const GUIDE = join(import.meta.dirname, "../../docs/guide/gateways.md");
const READY_MS = 10_000;

/** Method and path decide, so that it matters which ones the gateway names. */
const platform = definePlatform({
  ...keyward,
  scopes: ["agents:read", "agents:write"],
  operations: [
    { method: "GET", path: "/agents", needs: { scope: "agents:read" } },
    { method: "GET", path: "/agents/{agent}", needs: { scope: "agents:read" } },
    { method: "POST", path: "/agents", needs: { scope: "agents:write" } },
  ],
});

export interface GatewayUnderTest {
  /** The heading of its section in the guide. */
  readonly heading: string;
  /** What stands in the guide, and what it is here: addresses. Each must be there. */
  replacements(places: Places): readonly (readonly [from: string, to: string])[];
  /** What a file must say besides, and how the program is called with it. */
  file(text: string, directory: string): string;
  arguments(file: string, directory: string): string[];
  /** Whether the headers of a 503 reach the client. Envoy drops them. */
  readonly passesOutageOn: boolean;
  readonly env?: (directory: string) => Record<string, string>;
}

interface Places {
  readonly port: number;
  readonly keywardPort: number;
  readonly apiPort: number;
}

export interface Scene {
  readonly url: string;
  readonly keyward: InProcess;
  readonly api: Upstream;
  readonly organization: string;
  /** While true, the database does not respond. */
  readonly database: { isDown: boolean };
  newKey(input?: Record<string, unknown>): Promise<{ id: string; key: string }>;
  /** Sends a request to the gateway. */
  send(requestLine: string, lines?: readonly string[], body?: string): Promise<RawResponse>;
  stopKeyward(): Promise<void>;
  end(): Promise<void>;
}

type WhenDone = (end: () => Promise<void>) => unknown;

/** The configuration in a section of the guide. */
export function configurationOf(heading: string): string {
  const [, section = ""] = readFileSync(GUIDE, "utf8").split(`\n## ${heading}\n`);
  const text = /```\w+\n([\s\S]*?)```/.exec(section.split("\n## ", 1)[0] ?? "")?.[1];
  if (text === undefined) throw new Error(`the guide has no configuration for ${heading}`);
  return text;
}

export async function openScene(program: string, gateway: GatewayUnderTest): Promise<Scene> {
  const ends: (() => Promise<void>)[] = [];
  const end = async () => {
    for (const each of ends.splice(0).reverse()) await each();
  };
  try {
    return { ...(await open(program, gateway, (each) => ends.push(each))), end };
  } catch (error) {
    await end();
    throw error;
  }
}

async function open(program: string, gateway: GatewayUnderTest, whenDone: WhenDone): Promise<Omit<Scene, "end">> {
  const database = { isDown: false };
  const keywardEnds: (() => Promise<void>)[] = [];
  const stopKeyward = async () => {
    for (const each of keywardEnds.splice(0).reverse()) await each();
  };
  whenDone(stopKeyward);
  const keywardHere = await inProcess({
    platform,
    trustedProxies: ["127.0.0.1"],
    preflights: "pass",
    whenDone: (each) => keywardEnds.push(each),
    wrap: (store) =>
      new Proxy(store, {
        get: (target, name: keyof typeof store) =>
          database.isDown && /^find/.test(name) ? () => Promise.reject(new StoreUnavailable("down")) : target[name],
      }),
  });
  const api = new Upstream();
  const apiUrl = await api.start();
  whenDone(() => api.stop());
  const port = await freePort();
  await start(program, gateway, { port, keywardPort: portOf(keywardHere.url), apiPort: portOf(apiUrl) }, whenDone);
  const url = `http://127.0.0.1:${port}`;
  const organization = await keywardHere.newOrganization();
  return {
    url,
    keyward: keywardHere,
    api,
    organization,
    database,
    stopKeyward,
    newKey: (input = { scopes: ["agents:read"] }) => keywardHere.newKey(organization, input),
    send: (requestLine, lines = [], body = "") => sendToGateway(url, requestLine, lines, body),
  };
}

const portOf = (url: string): number => Number(new URL(url).port);

async function start(program: string, gateway: GatewayUnderTest, places: Places, whenDone: WhenDone): Promise<void> {
  const directory = traceDirectory("gateway");
  let text = configurationOf(gateway.heading);
  for (const [from, to] of gateway.replacements(places)) {
    if (!text.includes(from)) throw new Error(`the guide's configuration for ${gateway.heading} has no ${from}`);
    text = text.replaceAll(from, to);
  }
  const file = join(directory, "configuration.yaml");
  writeFileSync(join(directory, "guide"), text);
  writeFileSync(file, gateway.file(text, directory));
  const child = spawn(program, gateway.arguments(file, directory), {
    env: { ...process.env, ...gateway.env?.(directory) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const log = createWriteStream(join(directory, "log"));
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const ended = once(child, "exit");
  whenDone(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  const until = performance.now() + READY_MS;
  while (!(await accepts(places.port))) {
    if (child.exitCode !== null || performance.now() > until)
      throw new Error(`${program} does not listen: ${readFileSync(join(directory, "log"), "utf8").slice(-2_000)}`);
    await sleep(30);
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
