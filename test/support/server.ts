/** A real server in a process of its own, on a free port, in a data directory among the traces. */
import { type ChildProcess, spawn } from "node:child_process";
import { hash } from "node:crypto";
import { appendFileSync, createWriteStream, readFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { beforeAll, onTestFinished } from "vitest";
import { PLATFORMS } from "../../platforms/index.ts";
import { documentOrigin, expectDocumented } from "./documented.ts";
import type { OpenApiDocument } from "./openapi-checker.ts";
import { secret, TRACES, traceDirectory } from "./root.ts";

const BIN = join(import.meta.dirname, "../../bin/keyward");
const CHEAP_PASSWORDS = `--import=${pathToFileURL(join(import.meta.dirname, "cheap-passwords.ts"))}`;

export interface TestServer {
  readonly url: string;
  readonly directory: string;
  readonly process: ChildProcess;
  readonly operatorToken: string;
  /** Calls the management API as the operator. Returns status, headers and the parsed body. */
  operator(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
  newOrganization(body?: Record<string, unknown>): Promise<string>;
  newKey(organizationId: string, body?: Record<string, unknown>): Promise<{ id: string; key: string }>;
  newServiceToken(): Promise<string>;
  /** Sends a signal and waits for the end. */
  kill(signal: NodeJS.Signals): Promise<void>;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every form
  readonly json: any;
}

export interface StartOptions {
  platform?: string;
  directory?: string;
  args?: readonly string[];
  env?: Record<string, string>;
}

/** For one test: ended when it ends. */
export function startServer(options: StartOptions = {}): Promise<TestServer> {
  return launch(options, onTestFinished);
}

/** For all tests of the file or `describe` that calls this: there before the first one, ended after the last. */
export function suiteServer(options: StartOptions | (() => StartOptions | Promise<StartOptions>) = {}): TestServer {
  const server = {} as TestServer;
  beforeAll(async () => {
    let end: () => Promise<void> = async () => undefined;
    try {
      Object.assign(server, await launch(typeof options === "function" ? await options() : options, (kill) => (end = kill)));
    } catch (error) {
      await end();
      throw error;
    }
    return () => end();
  });
  return server;
}

/** For programs that are no test: `whenDone` takes what ends the server. */
export async function launch(options: StartOptions, whenDone: (kill: () => Promise<void>) => unknown): Promise<TestServer> {
  const { platform = "keyward", directory = traceDirectory("server"), args = [], env = {} } = options;
  const child = spawn(BIN, ["serve", "--platform", platform, "--port", "0", "--data", directory, ...args], {
    // All tests of a file present wrong keys from one address.
    env: { ...process.env, NODE_ENV: "", NODE_OPTIONS: CHEAP_PASSWORDS, KEYWARD_FAILED_ATTEMPTS: "1000000", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const log = createWriteStream(join(directory, "server.log"), { flags: "a" });
  child.stderr.pipe(log);
  const ended = new Promise<void>((done) => child.once("exit", () => done()));
  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await ended;
  };
  whenDone(() => kill("SIGKILL"));
  const url = await listening(child, directory);
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
    process: child,
    operatorToken,
    operator,
    kill,
    newOrganization: async (body = {}) => (await operator("POST", "/keyward/v1/organizations", { name: "Acme", ...body })).json.id,
    async newKey(organizationId, body = {}) {
      const { id, key } = (await operator("POST", `/keyward/v1/organizations/${organizationId}/keys`, body)).json;
      return { id, key: secret(key) };
    },
    newServiceToken: async () => secret((await operator("POST", "/keyward/v1/service-tokens", { name: "test" })).json.token),
  };
}

/** What decides the document of a server, as a name; undefined for a platform in a file, which may be any. */
function documentName({ platform = "keyward", args = [], env = {} }: StartOptions): string | undefined {
  // That there is an upstream may change it, and where it is, on another port each time, does not.
  const named = args.map((arg, at) => (args[at - 1] === "--upstream" ? "" : arg));
  return PLATFORMS.has(platform) ? `${platform}-${hash("sha256", JSON.stringify([named, env]), "hex").slice(0, 16)}` : undefined;
}

export async function call(url: string, init: RequestInit = {}): Promise<Reply> {
  const response = await fetch(url, init);
  const text = await response.text();
  const { origin, pathname, search } = new URL(url);
  await expectDocumented(origin, {
    method: init.method ?? "GET",
    path: pathname + search,
    sent: typeof init.body === "string" ? init.body : undefined,
    status: response.status,
    contentType: response.headers.get("content-type"),
    text,
  });
  // Refusals and metrics are among what the canary searches.
  if (response.status >= 400 || url.endsWith("/metrics")) appendFileSync(join(TRACES, "answers.log"), `${response.status} ${text}\n`);
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: /json/.test(response.headers.get("content-type") ?? "") ? JSON.parse(text) : undefined,
  };
}

async function listening(child: ChildProcess, directory: string): Promise<string> {
  if (child.stdout === null) throw new Error("the server's standard output is not piped");
  for await (const line of createInterface(child.stdout)) {
    const url = /^listening on (\S+)$/.exec(line)?.[1];
    if (url !== undefined) {
      child.stdout.resume();
      return url;
    }
  }
  throw new Error(`the server ended before it listened: ${readFileSync(join(directory, "server.log"), "utf8")}`);
}

/** A port that nobody had a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await new Promise((listening) => probe.once("listening", listening));
  const { port } = probe.address() as AddressInfo;
  await new Promise((closed) => probe.close(closed));
  return port;
}
