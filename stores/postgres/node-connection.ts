/**
 * The one connection of a node that is its own: what renews its lease, and hears wakeups. It does not queue behind requests. A connection that is
 * lost is opened again by the next statement.
 */
import { randomBytes } from "node:crypto";
import pg from "pg";
import { StoreUnavailable } from "../contract.ts";
import type { Wakeups, WakeupTopic } from "../wakeups.ts";
import { CHANNELS, ECHO } from "./channels.ts";
import { spoilsConnection } from "./failures.ts";
import { getTypeParser } from "./pool.ts";
import { beginSession, type SessionLimits } from "./session.ts";

/** Less than a third of a lease: the next renewal is not held up. */
const LIMITS: SessionLimits = { statementMs: 1_500, lockMs: 1_000, idleInTransactionMs: 1_000 };
const NO_RESPONSE_AFTER_MS = 1_600;
const CONNECT_MS = 1_500;
const KEEP_ALIVE_AFTER_MS = 1_000;
/** How long an echo may take on its way through the server. */
const ECHO_MS = 2_000;

interface NodeConnectionOptions {
  readonly connection: pg.ClientConfig;
  /** Sends a notification on another connection. */
  readonly notify: (channel: string, payload: string) => Promise<unknown>;
}

type Subscriber = (payload: string) => void;

export class NodeConnection {
  readonly wakeups: Wakeups;
  readonly #options: NodeConnectionOptions;
  readonly #subscribers = new Map<string, Set<Subscriber>>(Object.values(CHANNELS).map((channel) => [channel, new Set()]));
  #client: Promise<pg.Client> | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;
  /** The connection listens, and nothing says that it hears nothing. */
  #isHearing = false;
  #wasOpened = false;

  constructor(options: NodeConnectionOptions) {
    this.#options = options;
    this.wakeups = {
      isWorking: () => this.#isHearing,
      subscribe: (topic: WakeupTopic, run) => {
        const subscribers = this.#subscribers.get(CHANNELS[topic]);
        subscribers?.add(run);
        return () => void subscribers?.delete(run);
      },
    };
  }

  /** Runs one statement, after those that were asked for before. @throws StoreUnavailable: it is unknown whether it had an effect */
  query<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[]): Promise<Row[]> {
    const run = () => this.#run<Row>(text, values);
    const result = this.#last.then(run, run);
    this.#last = result;
    return result;
  }

  async #run<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[]): Promise<Row[]> {
    let client: pg.Client | undefined;
    try {
      client = await this.#open();
      return (await client.query<Row>(text, [...values])).rows;
    } catch (cause) {
      if (client !== undefined && spoilsConnection(cause)) this.#lose(client);
      throw new StoreUnavailable(cause instanceof Error ? cause.message : "unknown", { cause });
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#isHearing = false;
    const client = await this.#client?.catch(() => undefined);
    this.#client = undefined;
    await client?.end().catch(() => undefined);
  }

  #open(): Promise<pg.Client> {
    if (this.#isClosed) return Promise.reject(new StoreUnavailable("the database is closed"));
    if (this.#client !== undefined) return this.#client;
    const opening = this.#connect();
    this.#client = opening;
    opening.catch(() => {
      if (this.#client === opening) this.#client = undefined;
    });
    return opening;
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client({
      ...this.#options.connection,
      types: { getTypeParser },
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: NO_RESPONSE_AFTER_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
    });
    const lose = () => this.#lose(client);
    client.on("error", lose).on("end", lose);
    client.on("notification", ({ channel, payload = "" }) => this.#hear(channel, payload));
    try {
      await client.connect();
      await beginSession(client, LIMITS);
      for (const channel of [...Object.values(CHANNELS), ECHO]) await client.query(`listen ${channel}`);
    } catch (error) {
      void client.end().catch(() => undefined);
      throw error;
    }
    this.#isHearing = true;
    void this.#listenForEcho(client);
    if (this.#wasOpened) this.#wakeAll();
    this.#wasOpened = true;
    return client;
  }

  #lose(client: pg.Client): void {
    const forget = (current: pg.Client) => {
      if (current !== client) return;
      this.#client = undefined;
      this.#isHearing = false;
    };
    this.#client?.then(forget, () => undefined);
    void client.end().catch(() => undefined);
  }

  #hear(channel: string, payload: string): void {
    this.#isHearing = true;
    for (const run of this.#subscribers.get(channel) ?? []) run(payload);
  }

  #wakeAll(): void {
    for (const subscribers of this.#subscribers.values()) for (const run of subscribers) run("");
  }

  /**
   * A pooler that lends its connections for one transaction each accepts `listen`, and what is notified later goes nowhere. So something is
   * notified on another connection, while this one is silent.
   */
  async #listenForEcho(client: pg.Client): Promise<void> {
    const payload = randomBytes(9).toString("base64url");
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const onNotification = (heard: pg.Notification) => {
      if (heard.channel === ECHO && heard.payload === payload) resolve(true);
    };
    client.on("notification", onNotification);
    const timer = setTimeout(resolve, ECHO_MS, false).unref();
    try {
      await this.#options.notify(ECHO, payload);
      const isHeard = await promise;
      if (!isHeard && (await this.#client) === client) this.#isHearing = false;
    } catch {
      // The database is gone, and so is this connection, or soon.
    } finally {
      clearTimeout(timer);
      client.off("notification", onNotification);
    }
  }
}
