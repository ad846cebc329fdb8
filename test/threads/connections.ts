/** Many connections to one server, so that each of its threads has some. */
import { Agent, request } from "node:http";
import { onTestFinished } from "vitest";

/** With three threads, one that has none of them is seen once in 5,000 starts. */
export const CONNECTIONS = 24;

interface Sent {
  readonly status: number;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every form
  readonly json: any;
}

/** One connection, which stays open: its requests wait for one another. */
interface Connection {
  send(method: string, path: string, headers?: Readonly<Record<string, string>>, body?: unknown): Promise<Sent>;
}

export function openConnections(url: string, count = CONNECTIONS): readonly Connection[] {
  return Array.from({ length: count }, () => openConnection(url));
}

function openConnection(url: string): Connection {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  return {
    send: (method, path, headers = {}, body = undefined) =>
      new Promise((resolve, reject) => {
        const sent = body === undefined ? undefined : JSON.stringify(body);
        const all =
          sent === undefined ? headers : { "content-type": "application/json", "content-length": Buffer.byteLength(sent), ...headers };
        const outgoing = request(url + path, { agent, method, headers: all }, (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
          incoming.once("error", reject);
          incoming.once("end", () => {
            const text = Buffer.concat(chunks).toString();
            const isJson = /json/.test(incoming.headers["content-type"] ?? "");
            resolve({ status: incoming.statusCode ?? 0, text, json: isJson ? JSON.parse(text) : undefined });
          });
        });
        outgoing.once("error", reject);
        outgoing.end(sent);
      }),
  };
}

/** `POST /keyward/v1/verify` on each connection at once, in turn so many times. Returns how often each code was the response. */
export async function verifyOnAll(
  connections: readonly Connection[],
  serviceToken: string,
  key: string,
  times = 1,
): Promise<Record<string, number>> {
  const codes: Record<string, number> = {};
  await Promise.all(
    connections.map(async (connection) => {
      for (let turn = 0; turn < times; turn++) {
        const { json, status } = await connection.send("POST", "/keyward/v1/verify", { authorization: `Bearer ${serviceToken}` }, { key });
        const code: string = status === 200 ? json.code : String(status);
        codes[code] = (codes[code] ?? 0) + 1;
      }
    }),
  );
  return codes;
}

/**
 * Verifies a key on every connection all the time while `change` is made. Resolves to what each of the first verifications found that began after
 * the change was answered, one for each connection.
 */
export async function codesAfter(
  connections: readonly Connection[],
  serviceToken: string,
  key: string,
  change: () => Promise<unknown>,
): Promise<readonly string[]> {
  let isChanged = false;
  const flood = connections.map(async (connection): Promise<string> => {
    for (;;) {
      const beganAfter = isChanged;
      const { json } = await connection.send("POST", "/keyward/v1/verify", { authorization: `Bearer ${serviceToken}` }, { key });
      if (beganAfter) return json.code;
    }
  });
  await change();
  isChanged = true;
  return Promise.all(flood);
}
