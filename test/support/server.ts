/** A real server on a free port, in a data directory among the traces. It runs in the process of the test: starting one takes half a second of a core. */
import { hash } from "node:crypto";
import { appendFileSync, readFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import { beforeAll, onTestFinished } from "vitest";
import { startExample } from "../../cli/example.ts";
import { ensureBuilt } from "../../dashboard/ensure-built.ts";
import type { Environment } from "../../engine/api-key.ts";
import { PLATFORMS } from "../../platforms/index.ts";
import { serve } from "../../server.ts";
import { documentOrigin, expectDocumented, forgetOrigin } from "./documented.ts";
import type { OpenApiDocument } from "./openapi-checker.ts";
import { secret, TRACES, traceDirectory } from "./root.ts";
import { withoutRequestId } from "./without-request-id.ts";

export interface TestServer {
  readonly url: string;
  readonly directory: string;
  readonly operatorToken: string;
  /** Calls the management API as the operator. Returns status, headers and the parsed body. */
  operator(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
  newOrganization(body?: Record<string, unknown>): Promise<string>;
  newKey(organizationId: string, body?: Record<string, unknown>): Promise<{ id: string; key: string }>;
  newServiceToken(): Promise<string>;
}

/** One in the process of the test. */
export interface StartedServer extends TestServer {
  /** Ends it with all that is under way. The end of its test needs no call of this. */
  stop(): Promise<void>;
}

export interface Reply {
  readonly status: number;
  /** Without `X-Request-Id`, as is `text`: two responses to the same question are equal. */
  readonly headers: Headers;
  /** Of the response. */
  readonly requestId: string | null;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every form
  readonly json: any;
}

export interface StartOptions {
  platform?: string;
  directory?: string;
  /** As on the command line: `--environment`, `--upstream` and `--example`. */
  args?: readonly string[];
  env?: Record<string, string>;
}

/** Starts a server; `whenDone` takes what ends it. */
export type Launch<Server extends TestServer> = (options: StartOptions, whenDone: (end: () => Promise<void>) => unknown) => Promise<Server>;

/** What is under way when a test ends may go on that long. */
const ENDING_MS = 500;
/** All tests of a file present wrong keys from one address. */
export const MANY_ATTEMPTS = { KEYWARD_FAILED_ATTEMPTS: "1000000" };
/** However many cores the machine has. */
export const ONE_THREAD = { KEYWARD_THREADS: process.env.KEYWARD_THREADS ?? "1" };

/** For one test: ended when it ends. */
export function startServer(options: StartOptions = {}): Promise<StartedServer> {
  return launch(options, onTestFinished);
}

/** For all tests of the file or `describe` that calls this: there before the first one, ended after the last. */
export function suiteServer(options: StartOptions | (() => StartOptions | Promise<StartOptions>) = {}): TestServer {
  return forSuite(launch, options);
}

export function forSuite<Server extends TestServer>(
  launchOne: Launch<Server>,
  options: StartOptions | (() => StartOptions | Promise<StartOptions>),
): Server {
  const server = {} as Server;
  beforeAll(async () => {
    let end: () => Promise<void> = async () => undefined;
    try {
      Object.assign(server, await launchOne(typeof options === "function" ? await options() : options, (kill) => (end = kill)));
    } catch (error) {
      await end();
      throw error;
    }
    return () => end();
  });
  return server;
}

/** For programs that are no test, as well. */
export const launch: Launch<StartedServer> = async (options, whenDone) => {
  const { platform = "keyward", directory = traceDirectory("server"), args = [], env = {} } = options;
  const { environment, upstream, example } = parseArgs({ args: [...args], options: ARGUMENTS }).values;
  const behind = example === true ? await startExample(platform, join(directory, "example")) : undefined;
  const serving = await serve(
    {
      platform,
      port: 0,
      host: "127.0.0.1",
      dataDirectory: directory,
      environment: environment as Environment | undefined,
      upstreams: behind === undefined ? (upstream ?? []) : [behind.url],
      dashboardDirectory: await dashboard(),
    },
    { ...process.env, ...MANY_ATTEMPTS, ...ONE_THREAD, ...env },
    { write: (line) => appendFileSync(join(directory, "server.log"), line) },
  ).catch(async (error) => {
    await behind?.close();
    throw error;
  });
  whenDone(async () => {
    await Promise.race([serving.stop(0), setTimeout(ENDING_MS)]);
    forgetOrigin(new URL(serving.url).origin);
    await behind?.close();
  });
  return { ...testServer(serving.url, directory, options), stop: () => serving.stop(0) };
};

const ARGUMENTS = {
  environment: { type: "string" },
  upstream: { type: "string", multiple: true },
  example: { type: "boolean" },
} as const;

let built: Promise<string | null> | undefined;

function dashboard(): Promise<string | null> {
  built ??= ensureBuilt({ project: join(import.meta.dirname, "../.."), say: (sentence) => console.error(`keyward: ${sentence}`) });
  return built;
}

/** The server that has announced itself in a data directory, as its operator has it. */
export function testServer(url: string, directory: string, options: StartOptions): TestServer {
  const read = async () => (await fetch(`${url}/keyward/openapi.json`)).json() as Promise<OpenApiDocument>;
  documentOrigin(new URL(url).origin, read, documentName(options));
  const operatorToken = secret(JSON.parse(readFileSync(join(directory, "server.json"), "utf8")).token as string);

  const operator: TestServer["operator"] = (method, path, body, headers = {}) =>
    call(url + path, {
      method,
      headers: { authorization: `Bearer ${operatorToken}`, ...(body !== undefined && { "content-type": "application/json" }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  return {
    url,
    directory,
    operatorToken,
    operator,
    newOrganization: async (body = {}) => (await operator("POST", "/keyward/v1/organizations", { name: "Acme", ...body })).json.id,
    async newKey(organizationId, body = {}) {
      const { id, key } = (await operator("POST", `/keyward/v1/organizations/${organizationId}/keys`, body)).json;
      return { id, key: secret(key) };
    },
    newServiceToken: async () => secret((await operator("POST", "/keyward/v1/service-tokens", { name: "test" })).json.token),
  };
}

/** Settings that no document tells of, such as where the database of a test is: servers that differ in them alone have the same. */
const NOT_IN_A_DOCUMENT =
  /^(?:NODE_OPTIONS|OTEL_\w+|KEYWARD_(?:ACCESS_LOG|DATABASE_URL|FAILED_ATTEMPTS|SECRET|SECRET_PREVIOUS(?:_FILE)?|THREADS|TRUSTED_PROXIES))$/;

/** What decides the document of a server, as a name; undefined for a platform in a file, which may be any. */
function documentName({ platform = "keyward", args = [], env = {} }: StartOptions): string | undefined {
  // That there is an upstream may change it, and where it is, on another port each time, does not.
  const named = args.map((arg, at) => (args[at - 1] === "--upstream" ? "" : arg));
  const told = Object.entries(env).filter(([name]) => !NOT_IN_A_DOCUMENT.test(name));
  return PLATFORMS.has(platform) ? `${platform}-${hash("sha256", JSON.stringify([named, told]), "hex").slice(0, 16)}` : undefined;
}

export async function call(url: string, init: RequestInit = {}): Promise<Reply> {
  const response = await fetch(url, init);
  const sent = await response.text();
  const requestId = response.headers.get("x-request-id");
  const { origin, pathname, search } = new URL(url);
  await expectDocumented(origin, {
    method: init.method ?? "GET",
    path: pathname + search,
    sent: typeof init.body === "string" ? init.body : undefined,
    status: response.status,
    contentType: response.headers.get("content-type"),
    text: sent,
    requestId,
  });
  const text = withoutRequestId(sent, requestId);
  const headers = new Headers(response.headers);
  headers.delete("x-request-id");
  // Refusals and metrics are among what the canary searches.
  if (response.status >= 400 || url.endsWith("/metrics")) appendFileSync(join(TRACES, "answers.log"), `${response.status} ${text}\n`);
  return {
    status: response.status,
    headers,
    requestId,
    text,
    json: /json/.test(response.headers.get("content-type") ?? "") ? JSON.parse(text) : undefined,
  };
}

/** A port that nobody had a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await new Promise((listening) => probe.once("listening", listening));
  const { port } = probe.address() as AddressInfo;
  await new Promise((closed) => probe.close(closed));
  return port;
}
