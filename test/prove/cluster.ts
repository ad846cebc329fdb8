/** Some nodes as processes on a real PostgreSQL, each behind a proxy of its own, and what can be done to all of them. */
import { type ChildProcess, fork } from "node:child_process";
import { createWriteStream, mkdtempSync, readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { type PostgresServer, startPostgres } from "../support/postgres-server.ts";
import { FaultyProxy } from "./faulty-proxy.ts";

const PROJECT = join(import.meta.dirname, "../..");
const SECRET = "a master secret of the proof, long enough";
const REQUEST_MS = 20_000;

interface Answer {
  /** 0 when no response came: it is unknown what happened. */
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: bodies of every form
  readonly json: any;
  /** On the clock of this process, which nobody moves: before the request was sent, and after the response came. */
  readonly began: number;
  readonly ended: number;
}

export class Cluster {
  readonly nodes: readonly ProofNode[];
  readonly #directory: string;
  #postgres: PostgresServer;

  private constructor(directory: string, postgres: PostgresServer, nodes: readonly ProofNode[]) {
    this.#directory = directory;
    this.#postgres = postgres;
    this.nodes = nodes;
  }

  static async start(directory: string, count: number): Promise<Cluster> {
    const postgres = await startPostgres({ directory: join(directory, "postgres") });
    const nodes: ProofNode[] = [];
    for (let at = 0; at < count; at++) {
      const node = new ProofNode(at, mkdtempSync(join(directory, `node-${at}-`)), await FaultyProxy.open(postgres.url));
      await node.start();
      nodes.push(node);
    }
    return new Cluster(directory, postgres, nodes);
  }

  /** Stops PostgreSQL, in order or as a power failure does, and starts it again on the same data. */
  async restartPostgres(how: "SIGINT" | "SIGQUIT"): Promise<void> {
    await this.#postgres.stop(how);
    this.#postgres = await startPostgres({ directory: join(this.#directory, "postgres") });
    for (const { proxy } of this.nodes) proxy.to = new URL(this.#postgres.url);
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.end("SIGKILL")));
    for (const { proxy } of this.nodes) proxy.close();
    await this.#postgres.stop("SIGINT");
  }
}

export class ProofNode {
  readonly number: number;
  readonly proxy: FaultyProxy;
  readonly #directory: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });
  #process: ChildProcess | undefined;
  #url = new URL("http://127.0.0.1:1");
  #token = "";
  /** Stopped or starting: requests to it wait or fail. */
  isAway = true;

  constructor(number: number, directory: string, proxy: FaultyProxy) {
    this.number = number;
    this.#directory = directory;
    this.proxy = proxy;
  }

  /** Starts again and again until it runs: the database may be away. */
  async start(): Promise<void> {
    for (let tries = 0; tries < 60; tries++) {
      if (await this.#startOnce()) {
        this.isAway = false;
        return;
      }
      await new Promise((done) => setTimeout(done, 500));
    }
    throw new Error(`node ${this.number} does not start:\n${readFileSync(join(this.#directory, "log"), "utf8").slice(-2_000)}`);
  }

  async #startOnce(): Promise<boolean> {
    const child = fork(
      join(PROJECT, "cli/main.ts"),
      ["serve", "--platform", join(import.meta.dirname, "platform.ts"), "--port", "0", "--data", this.#directory],
      {
        execArgv: [`--import=${pathToFileURL(join(import.meta.dirname, "clock.ts"))}`],
        env: {
          ...process.env,
          NODE_ENV: "",
          NODE_OPTIONS: "",
          KEYWARD_DATABASE_URL: this.proxy.url,
          KEYWARD_SECRET: SECRET,
          KEYWARD_FAILED_ATTEMPTS: "100000000",
          KEYWARD_THREADS: "1",
        },
        stdio: ["ignore", "pipe", "pipe", "ipc"],
      },
    );
    this.#process = child;
    child.stderr?.pipe(createWriteStream(join(this.#directory, "log"), { flags: "a" }));
    if (child.stdout === null) throw new Error("the standard output of a node is not piped");
    for await (const line of createInterface(child.stdout)) {
      const url = /^listening on (\S+)$/.exec(line)?.[1];
      if (url === undefined) continue;
      child.stdout.resume();
      this.#url = new URL(url);
      this.#token = JSON.parse(readFileSync(join(this.#directory, "server.json"), "utf8")).token;
      return true;
    }
    return false;
  }

  signal(signal: NodeJS.Signals): void {
    this.#process?.kill(signal);
  }

  async end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((done) => child.once("exit", done));
    child.kill("SIGCONT");
    child.kill(signal);
    await ended;
  }

  moveClock(aheadMs: number): void {
    if (this.#process?.connected === true) this.#process.send({ aheadMs });
  }

  /** Sends a request as the operator of this node. Never rejects. */
  ask(method: string, path: string, body?: unknown): Promise<Answer> {
    return new Promise((resolve) => {
      const began = performance.now();
      const fail = () => resolve({ status: 0, json: undefined, began, ended: performance.now() });
      const text = body === undefined ? "" : JSON.stringify(body);
      const sent = request(
        {
          method,
          path,
          port: this.#url.port,
          host: this.#url.hostname,
          agent: this.#agent,
          timeout: REQUEST_MS,
          headers: {
            authorization: `Bearer ${this.#token}`,
            ...(body !== undefined && { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
          },
        },
        (response) => {
          let received = "";
          response.setEncoding("utf8").on("data", (chunk) => (received += chunk));
          response.once("error", fail);
          response.once("end", () =>
            resolve({ status: response.statusCode ?? 0, json: parsed(received), began, ended: performance.now() }),
          );
        },
      );
      sent.once("error", fail);
      sent.once("timeout", () => sent.destroy());
      sent.end(text);
    });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
