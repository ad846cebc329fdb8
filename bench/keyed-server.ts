/** Keyward with a hundred keys that have a limit per minute, which nothing here reaches. */
import { portOf, requestText } from "./http-requests.ts";
import type { LoadOptions } from "./load-client.ts";
import { operate, type Server, startKeyward } from "./processes.ts";

const KEYS = 100;
export const CONNECTIONS = 32;
export const VERIFY_PATH = "/keyward/v1/verify";

export interface KeyedServer extends Server {
  readonly keys: readonly string[];
  /** Asks for one verification after the other. */
  readonly load: LoadOptions;
}

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
