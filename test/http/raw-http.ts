/** HTTP/1.1 written and read by hand: what `fetch` would correct, join or refuse to send goes out byte for byte. */
import { appendFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { expectDocumented } from "../support/documented.ts";
import { TRACES } from "../support/root.ts";
import { withoutRequestId } from "../support/without-request-id.ts";

export interface RawResponse {
  readonly status: number;
  /** Names in lower case and values, in the order in which they came; without `X-Request-Id`, as is `text`. */
  readonly lines: readonly (readonly [name: string, value: string])[];
  /** The first value of a header. */
  header(name: string): string | undefined;
  /** Compressed where it came so. */
  readonly body: Buffer;
  readonly text: string;
  /** Its `X-Request-Id`. */
  readonly requestId: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every form
  readonly json: any;
}

/**
 * Sends one request on a connection of its own and reads until the server closes it. `head` is the request line and header lines;
 * `Host` and `Connection: close` are added where they are missing.
 */
export async function sendRaw(url: string, head: readonly string[], body: string | Uint8Array = ""): Promise<RawResponse> {
  const { hostname, port, host } = new URL(url);
  const has = (name: string) => head.some((line) => line.toLowerCase().startsWith(`${name}:`));
  const lines = [...head, ...(has("host") ? [] : [`Host: ${host}`]), ...(has("connection") ? [] : ["Connection: close"])];
  const socket = connect(Number(port), hostname);
  socket.write(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
  socket.write(body);
  const response = parseResponse(await readAll(socket));
  await expectRawDocumented(url, lines[0] ?? "", typeof body === "string" ? body : undefined, response);
  return response;
}

/** What any request may get whose head or framing is wrong: it reached no operation. */
const OF_THE_PROTOCOL = [400, 408, 413, 417, 431, 501, 505];

async function expectRawDocumented(url: string, requestLine: string, sent: string | undefined, response: RawResponse): Promise<void> {
  const [method = "", target = ""] = requestLine.split(" ");
  const isCompressed = response.header("content-encoding") !== undefined;
  if (!target.startsWith("/") || isCompressed || OF_THE_PROTOCOL.includes(response.status)) return;
  const { status, body, requestId = null } = response;
  await expectDocumented(new URL(url).origin, {
    method,
    path: target,
    sent,
    status,
    contentType: response.header("content-type") ?? null,
    text: body.toString("utf8"),
    requestId,
  });
}

/** All that comes on a socket until it is closed; a reset after a response loses nothing of it. */
export function readAll(socket: Socket): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(Buffer.concat(chunks)));
  });
}

export function parseResponse(bytes: Buffer): RawResponse {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) throw new Error(`no response, only ${JSON.stringify(bytes.toString("latin1").slice(0, 200))}`);
  const [statusLine = "", ...headerLines] = bytes.subarray(0, end).toString("latin1").split("\r\n");
  const status = Number(statusLine.split(" ")[1]);
  if (status === 100) return parseResponse(bytes.subarray(end + 4));
  const all = headerLines.map(
    (line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()] as const,
  );
  const ids = all.filter(([name]) => name === "x-request-id");
  if (ids.length > 1) throw new Error("the response has two ids");
  const requestId = ids[0]?.[1];
  const lines = all.filter(([name]) => name !== "x-request-id");
  const header = (name: string) => all.find(([known]) => known === name)?.[1];
  const rest = bytes.subarray(end + 4);
  const body = header("transfer-encoding") === "chunked" ? dechunk(rest) : rest;
  const text = withoutRequestId(body.toString("utf8"), requestId);
  const isJson = text !== "" && header("content-encoding") === undefined && /json/.test(header("content-type") ?? "");
  if (status >= 400) appendFileSync(join(TRACES, "answers.log"), `${status} ${text}\n`);
  return { status, lines, header, body, text, requestId, json: isJson ? JSON.parse(text) : undefined };
}

function dechunk(bytes: Buffer): Buffer {
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf("\r\n", at);
    const length = Number.parseInt(bytes.subarray(at, lineEnd).toString("latin1"), 16);
    if (lineEnd < 0 || !(length > 0)) return Buffer.concat(chunks);
    chunks.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + length));
    at = lineEnd + 2 + length + 2;
  }
}
