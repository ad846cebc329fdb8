/** The states of a server process in which it is measured. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { keyward as plain } from "../platforms/keyward.ts";
import { keyward } from "../service/index.ts";
import { openSqlite } from "../stores/sqlite/open.ts";
import type { Garbage } from "./garbage.ts";
import { portOf, requestText } from "./http-requests.ts";
import { CONNECTIONS, VERIFY_PATH } from "./keyed-server.ts";
import type { LoadOptions } from "./load-client.ts";
import pairsPlatform from "./pairs-platform.ts";
import { operate, type Server, startKeyward, temporaryDirectory } from "./processes.ts";

export interface State {
  readonly name: "fresh" | "aged" | "many-keys";
  readonly title: string;
  readonly keys: number;
  /** Creates and revokes many keys and serves mixed requests for a minute before it is measured. */
  readonly isAged: boolean;
}

export const STATES: readonly State[] = [
  { name: "fresh", title: "a fresh process, 100 keys", keys: 100, isAged: false },
  { name: "aged", title: "after 1,000 creations, 1,000 revocations and a minute of mixed requests", keys: 100, isAged: true },
  { name: "many-keys", title: "100,000 keys in memory, all of them used", keys: 100_000, isAged: false },
];

/** A server in a state, and what is asked of it. */
export interface ServerInState {
  readonly server: Server;
  /** Where it writes what collecting garbage took; see gc-observer.ts. */
  readonly garbageFile: string;
  readonly verify: LoadOptions;
  readonly whoami: LoadOptions;
}

/** For `--import`. */
export const GC_OBSERVER = pathToFileURL(join(import.meta.dirname, "gc-observer.ts")).href;
const SECRET = "a secret that only the benchmark has";
const MOST = 1_000_000_000;
const CREATED_AT_ONCE = 64;
const AGED_KEYS = 1_000;
const MIXED_MS = 60_000;
const MIXED_CLIENTS = 8;

/** Keys with a limit per minute that nothing here reaches. */
export function serverWithLimits(state: State): Promise<ServerInState> {
  return serverIn(state, { platform: plain, args: [], input: { limits: { requestsPerMinute: MOST } }, asked: {} });
}

/** Key pairs, each bound to a website, with scopes and all three limits; every second request presents the public key alone. */
export function serverWithPairs(state: State): Promise<ServerInState> {
  return serverIn(state, {
    platform: pairsPlatform,
    args: ["--platform", join(import.meta.dirname, "pairs-platform.ts")],
    input: {
      limits: { requestsPerMinute: MOST, requestsPerDay: MOST, concurrentRequests: MOST },
      scopes: ["agents:read", "agents:write"],
      domains: ["example.com", "*.example.org"],
    },
    asked: { origin: "https://app.example.org:8443", scopes: ["agents:read"] },
  });
}

interface Kind {
  readonly platform: typeof plain;
  readonly args: readonly string[];
  /** What each key is created with. */
  readonly input: Readonly<Record<string, unknown>>;
  /** What each verification asks for besides the key. */
  readonly asked: Readonly<Record<string, unknown>>;
}

async function serverIn(state: State, kind: Kind): Promise<ServerInState> {
  const directory = temporaryDirectory();
  const { organizationId, token, keys } = await seed(directory, state.keys, kind);
  const garbageFile = join(directory, "garbage.json");
  const server = await startKeyward(directory, kind.args, {
    KEYWARD_SECRET: SECRET,
    KEYWARD_BENCH_GC: garbageFile,
    NODE_OPTIONS: `--import ${GC_OBSERVER}`,
  });
  const target = { port: portOf(server.url), connections: CONNECTIONS, status: 200 };
  const verify = keys.map((key) => requestText({ method: "POST", path: VERIFY_PATH, authorization: token, body: { key, ...kind.asked } }));
  const whoami = keys.map((key) => requestText({ method: "GET", path: "/keyward/v1/whoami", authorization: key }));
  if (state.isAged) await age(server, { organizationId, token, keys, input: kind.input });
  return {
    server,
    garbageFile,
    verify: { ...target, requests: verify, contains: '"valid":true' },
    whoami: { ...target, requests: whoami, contains: '"keyId":' },
  };
}

interface Seeded {
  readonly organizationId: string;
  readonly token: string;
  readonly keys: readonly string[];
}

/** Creates the keys in the bench's own process: a server that has created keys is another state. */
async function seed(directory: string, count: number, { platform, input }: Kind): Promise<Seeded> {
  const { store, close } = await openSqlite({ directory });
  const service = await keyward({ platform, store, secret: SECRET });
  const organization = await service.organizations.create({ name: "Bench" }, "operator");
  const token = await service.serviceTokens.create({ name: "bench" }, "operator");
  if (!organization.ok || !token.ok) throw new Error("the organization or the token was refused");
  const { id: organizationId } = organization.value;
  const keys: string[] = [];
  while (keys.length < count) {
    const size = Math.min(CREATED_AT_ONCE, count - keys.length);
    const created = await Promise.all(Array.from({ length: size }, () => service.keys.create(organizationId, input, "operator")));
    for (const each of created) {
      if (!each.ok || each.value.shown === undefined) throw new Error("a key was refused");
      keys.push(presentedOf(each.value.shown as Shown, keys.length));
    }
  }
  await service.close();
  await close();
  return { organizationId, token: token.value.token, keys };
}

type Shown = { readonly key: string } | { readonly publicKey: string; readonly secretKey: string };

function presentedOf(shown: Shown, at: number): string {
  if ("key" in shown) return shown.key;
  return at % 2 === 0 ? shown.publicKey : `${shown.publicKey}:${shown.secretKey}`;
}

/** What a process does in a day, in a minute and a half: creations, revocations, and a mixture of everything. */
async function age(server: Server, { organizationId, token, keys, input }: Seeded & Pick<Kind, "input">): Promise<void> {
  const path = `/keyward/v1/organizations/${organizationId}/keys`;
  const { token: operator } = JSON.parse(readFileSync(join(server.directory, "server.json"), "utf8")) as { token: string };
  const call = async (method: string, at: string, authorization: string, body?: unknown) => {
    const headers = { authorization: `Bearer ${authorization}`, ...(body !== undefined && { "content-type": "application/json" }) };
    const response = await fetch(server.url + at, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
    await response.text();
  };
  const create = () => operate<{ id: string }>(server, path, input);
  const revoke = (id: string) => call("DELETE", `${path}/${id}`, operator);
  const some = <Each>(list: readonly Each[]) => list[Math.floor(Math.random() * list.length)] as Each;
  const atOnce = (count: number, work: (turn: number) => Promise<unknown>) =>
    Promise.all(
      Array.from({ length: 16 }, async (_, first) => {
        for (let turn = first; turn < count; turn += 16) await work(turn);
      }),
    );

  const created: string[] = [];
  await atOnce(AGED_KEYS, async () => created.push((await create()).id));
  await atOnce(AGED_KEYS, (turn) => revoke(created[turn] as string));
  const until = performance.now() + MIXED_MS;
  const one = async (drawn: number): Promise<unknown> => {
    if (drawn < 0.7) return call("POST", VERIFY_PATH, token, { key: some(keys) });
    if (drawn < 0.8) return call("GET", "/keyward/v1/whoami", some(keys));
    if (drawn < 0.9) return call("GET", `${path}?limit=20`, operator);
    if (drawn < 0.95) return created.push((await create()).id);
    return revoke(created.pop() ?? "");
  };
  const mixed = async () => {
    while (performance.now() < until) await one(Math.random());
  };
  await Promise.all(Array.from({ length: MIXED_CLIENTS }, mixed));
}

/** Begins to observe, runs `work`, and returns what collecting garbage took meanwhile. */
export async function observeGarbage(pid: number | undefined, file: string, work: () => Promise<unknown>): Promise<Garbage> {
  rmSync(file, { force: true });
  process.kill(pid ?? 0, "SIGUSR2");
  await work();
  process.kill(pid ?? 0, "SIGUSR2");
  for (let waited = 0; waited < 200 && !existsSync(file); waited++) await setTimeout(25);
  return JSON.parse(readFileSync(file, "utf8")) as Garbage;
}
