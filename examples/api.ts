/**
 * What the examples share: a small JSON API on node:http and node:sqlite that stands behind Keyward.
 *
 * Keyward has authenticated every request before it arrives here, and says who calls in headers that no client can set. That holds only
 * while no one else can reach this port, so it listens on 127.0.0.1 alone.
 */
import { mkdirSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

export interface Place {
  /** Where its data is; made if it is missing. */
  readonly directory: string;
  /** 0 for any free port. */
  readonly port: number;
}

export interface Running {
  readonly url: string;
  close(): Promise<void>;
}

/** Who calls, from Keyward's headers; "" where Keyward sends none. */
export interface Caller {
  readonly keyId: string;
  /** Empty for an unclaimed key. */
  readonly organizationId: string;
  /** An agent that acts for itself, with a session token and no key. */
  readonly agent: string;
}

export interface Asked<Body> {
  readonly caller: Caller;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Body;
}

export type PlainResponse =
  | { readonly status: 200 | 201; readonly data: unknown }
  | { readonly status: 200; readonly csv: string }
  | { readonly status: 204 }
  | { readonly status: number; readonly detail: string };

export const ok = (data: unknown): PlainResponse => ({ status: 200, data });
export const created = (data: unknown): PlainResponse => ({ status: 201, data });
export const noContent: PlainResponse = { status: 204 };
export const refuse = (status: number, detail: string): PlainResponse => ({ status, detail });

/** One field of a body: `read` returns undefined for a value that it does not accept, and `must` says what it accepts. */
export interface Field<T> {
  readonly must: string;
  read(value: unknown): T | undefined;
}

export function text(maximum: number): Field<string> {
  const read = (value: unknown) => (typeof value === "string" && !/\p{Cc}/u.test(value) ? value.trim() : "");
  const isTaken = (value: string) => value !== "" && value.length <= maximum;
  return {
    must: `must be a text of 1 to ${maximum} characters`,
    read: (value) => (isTaken(read(value)) ? read(value) : undefined),
  };
}

export function matching(pattern: RegExp, must: string): Field<string> {
  return { must, read: (value) => (typeof value === "string" && pattern.test(value) ? value : undefined) };
}

/** Money is counted in millionths, as a whole number; people write "12.50". */
export const amount: Field<number> = {
  must: 'must be a positive amount written as a text, such as "12.50"',
  read: (value) => (typeof value === "string" && /^\d{1,8}(\.\d{1,6})?$/.test(value) ? Math.round(Number(value) * 1e6) : 0) || undefined,
};

export const formatAmount = (millionths: number): string => (millionths / 1e6).toFixed(6).replace(/0{1,4}$/, "");

export function optional<T>(field: Field<T>): Field<T | null> {
  return { must: field.must, read: (value) => (value === undefined || value === null ? null : field.read(value)) };
}

export type Fields = Readonly<Record<string, Field<unknown>>>;
export type BodyOf<F extends Fields> = { readonly [Name in keyof F]: F[Name] extends Field<infer T> ? T : never };

interface Route {
  readonly method: string;
  readonly pattern: RegExp;
  readonly fields: Fields;
  handle(asked: Asked<unknown>): PlainResponse;
}

/** `where` is a method and a path with parameters in braces, and with an optional beginning in brackets: `POST [/v1]/agents/{address}/keys`. */
export function route<F extends Fields>(where: string, fields: F, handle: (asked: Asked<BodyOf<F>>) => PlainResponse): Route {
  const [method = "", path = ""] = where.split(" ");
  const pattern = new RegExp(`^${path.replace(/^\[(.+)\]/, "(?:$1)?").replaceAll(/\{(\w+)\}/g, "(?<$1>[^/]+)")}/?$`);
  return { method, pattern, fields, handle: (asked) => handle(asked as Asked<BodyOf<F>>) };
}

export interface Api {
  readonly name: string;
  readonly tables: string;
  routes(db: DatabaseSync): readonly Route[];
  /** The platform's form of a success and of an error. */
  success(data: unknown): unknown;
  error(status: number, detail: string, requestId: string | undefined): { readonly type: string; readonly body: unknown };
}

/** Errors where a platform documents no form of its own: problem details (RFC 9457). */
export const problem: Api["error"] = (status, detail, requestId) => ({
  type: "application/problem+json",
  body: { type: "about:blank", title: STATUS_CODES[status], status, detail, requestId },
});

const BODY_MAX_BYTES = 64 * 1024;

export async function serveApi({ directory, port }: Place, api: Api): Promise<Running> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const db = new DatabaseSync(join(directory, `${api.name}.db`), { timeout: 5_000 });
  db.exec(`PRAGMA journal_mode = WAL; ${api.tables}`);
  const routes = api.routes(db);
  const server = createServer((request, response) => {
    responseTo(routes, request).then(
      (plain) => send(api, request, response, plain),
      () => send(api, request, response, refuse(500, "The API failed; try again.")),
    );
  });
  await new Promise<void>((listening, failed) => server.once("error", failed).listen(port, "127.0.0.1", () => listening()));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = new Promise((done) => server.close(done));
      server.closeAllConnections();
      await closed;
      db.close();
    },
  };
}

async function responseTo(routes: readonly Route[], request: IncomingMessage): Promise<PlainResponse> {
  const bytes = await readBytes(request);
  const caller = callerOf(request.headers);
  if (caller.keyId === "" && caller.agent === "") return refuse(401, "This API is called through Keyward.");
  // The raw target, not a URL: a URL would read backslashes and dot segments in another way than the gateway that checked it.
  const [path = "", query = ""] = (request.url ?? "").split(/\?(.*)/s);
  const method = request.method === "HEAD" ? "GET" : request.method;
  const found = routes.find((candidate) => candidate.method === method && candidate.pattern.test(path));
  if (found === undefined) return refuse(404, "There is nothing at this path.");
  const body = readBody(found.fields, bytes, request.headers["content-type"]);
  if ("detail" in body) return body;
  const params = found.pattern.exec(path)?.groups ?? {};
  return found.handle({ caller, params, query: new URLSearchParams(query), body: body.fields });
}

function callerOf(headers: IncomingHttpHeaders): Caller {
  const said = (name: string) => headers[`x-keyward-${name}`]?.toString() ?? "";
  return { keyId: said("key-id"), organizationId: said("organization-id"), agent: said("agent") };
}

/** Undefined for a body that is too large; what comes after that is let go by. */
async function readBytes(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= BODY_MAX_BYTES) chunks.push(chunk);
  }
  return length <= BODY_MAX_BYTES ? Buffer.concat(chunks) : undefined;
}

function readBody(
  fields: Fields,
  bytes: Buffer | undefined,
  type = "",
): { fields: Record<string, unknown> } | { status: number; detail: string } {
  if (bytes === undefined) return { status: 413, detail: `The body is larger than ${BODY_MAX_BYTES} bytes.` };
  if (Object.keys(fields).length === 0) return { fields: {} };
  if (!/^application\/json\s*(;|$)/i.test(type)) return { status: 415, detail: "The content type must be application/json." };
  const given = parseObject(bytes);
  if (given === undefined) return { status: 400, detail: "The body must be one JSON object." };
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(fields, name));
  if (unknown !== undefined) return { status: 400, detail: `${JSON.stringify(unknown)} is not a field of this request.` };
  const read: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    read[name] = field.read(given[name]);
    if (read[name] === undefined) return { status: 400, detail: `${name} ${field.must}.` };
  }
  return { fields: read };
}

function parseObject(bytes: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** Keyward has named the request in a header, and names it so in the response. */
function send(api: Api, { headers }: IncomingMessage, response: ServerResponse, plain: PlainResponse): void {
  if ("detail" in plain) {
    const { type, body } = api.error(plain.status, plain.detail, headers["x-request-id"]?.toString());
    sendText(response, plain.status, type, JSON.stringify(body));
  } else if ("csv" in plain) sendText(response, 200, "text/csv; charset=utf-8", plain.csv);
  else if ("data" in plain) sendText(response, plain.status, "application/json", JSON.stringify(api.success(plain.data)));
  else response.writeHead(204).end();
}

function sendText(response: ServerResponse, status: number, type: string, body: string): void {
  const headers = { "content-type": type, "content-length": Buffer.byteLength(body), "cache-control": "no-store" };
  response.writeHead(status, { ...headers, "x-content-type-options": "nosniff" }).end(body);
}
