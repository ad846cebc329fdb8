/**
 * Group commit: transactions that wait at the same time reach the disk together, in one fsync. Each is a savepoint of one transaction of
 * SQLite, and none ends before that transaction is committed. It is committed once the thread has taken every request that had arrived.
 *
 * A transaction that fails takes back its own savepoint and nothing else. If the commit fails, all of its transactions fail.
 */
import type { DatabaseSync } from "node:sqlite";
import type { CompiledQuery, DatabaseConnection, Driver, QueryResult } from "kysely";

/** Bounds how long the first one waits, and how much work a failed commit loses. */
const MOST_TOGETHER = 64;

/** Wraps the driver of the only connection to `database`. */
export function groupCommit(driver: Driver, database: DatabaseSync): Driver {
  return new GroupCommitDriver(driver, database);
}

/** Transactions that are committed together. */
class Group {
  size = 0;
  readonly committed: Promise<void>;
  /** Resolves when the group is over, committed or not. */
  readonly over: Promise<void>;
  resolve!: () => void;
  reject!: (error: unknown) => void;

  constructor() {
    this.committed = new Promise((resolve, reject) => Object.assign(this, { resolve, reject }));
    this.over = this.committed.catch(() => undefined);
  }
}

/** The right to use the connection, as one user of Kysely's holds it. */
class Turn implements DatabaseConnection {
  /** `member`: its transaction is open. `left`: it waits for the commit, and the connection belongs to the next one. */
  state: "idle" | "member" | "left" = "idle";
  readonly #connection: DatabaseConnection;
  readonly #othersCommitted: () => Promise<void>;

  constructor(connection: DatabaseConnection, othersCommitted: () => Promise<void>) {
    this.#connection = connection;
    this.#othersCommitted = othersCommitted;
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    if (this.state !== "member") await this.#othersCommitted();
    return this.#connection.executeQuery<Row>(query);
  }

  async *streamQuery<Row>(query: CompiledQuery, chunkSize?: number): AsyncIterableIterator<QueryResult<Row>> {
    if (this.state !== "member") await this.#othersCommitted();
    yield* this.#connection.streamQuery<Row>(query, chunkSize as number);
  }
}

class GroupCommitDriver implements Driver {
  readonly #driver: Driver;
  readonly #database: DatabaseSync;
  readonly #waiting: (() => void)[] = [];
  #connection: DatabaseConnection | undefined;
  #group: Group | undefined;
  #isTaken = false;
  #hasOpenMember = false;

  constructor(driver: Driver, database: DatabaseSync) {
    this.#driver = driver;
    this.#database = database;
  }

  async init(): Promise<void> {
    await this.#driver.init();
    this.#connection = await this.#driver.acquireConnection();
  }

  async acquireConnection(): Promise<Turn> {
    if (this.#isTaken) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#isTaken = true;
    return new Turn(this.#connection as DatabaseConnection, () => this.#othersCommitted());
  }

  async releaseConnection(turn: Turn): Promise<void> {
    if (turn.state !== "left") this.#passOn();
  }

  async beginTransaction(turn: Turn): Promise<void> {
    const group = this.#group ?? this.#open();
    this.#database.exec("savepoint member");
    turn.state = "member";
    this.#hasOpenMember = true;
    group.size++;
  }

  async commitTransaction(turn: Turn): Promise<void> {
    const group = this.#group as Group;
    this.#database.exec("release member");
    this.#hasOpenMember = false;
    turn.state = "left";
    if (group.size >= MOST_TOGETHER) this.#commit(group);
    this.#passOn();
    await group.committed;
  }

  /** Also called for one whose commit has failed, with nothing left to take back. */
  async rollbackTransaction(turn: Turn): Promise<void> {
    if (turn.state !== "member") return;
    turn.state = "idle";
    this.#hasOpenMember = false;
    // On a full disk SQLite takes back the whole transaction by itself.
    if (!this.#database.isTransaction) return this.#end(new Error("the database took back the whole transaction"));
    try {
      this.#database.exec("rollback to member; release member");
    } catch (error) {
      // A commit would keep half of the transaction.
      this.#rollback(error);
      throw error;
    }
  }

  async destroy(): Promise<void> {
    if (this.#group !== undefined) this.#commit(this.#group);
    await this.#driver.destroy();
  }

  #open(): Group {
    this.#database.exec("begin");
    const group = new Group();
    this.#group = group;
    // After the requests that have arrived: each of them runs to its end before the next one begins.
    setImmediate(() => this.#commitWhenIdle(group));
    return group;
  }

  #commitWhenIdle(group: Group): void {
    if (this.#hasOpenMember) setImmediate(() => this.#commitWhenIdle(group));
    else this.#commit(group);
  }

  #commit(group: Group): void {
    if (this.#group !== group) return;
    try {
      this.#database.exec("commit");
      this.#end();
    } catch (error) {
      this.#rollback(error);
    }
  }

  /** Takes back the whole transaction: all of its members fail. */
  #rollback(error: unknown): void {
    if (this.#database.isTransaction) this.#database.exec("rollback");
    this.#end(error);
  }

  #end(error?: unknown): void {
    const group = this.#group;
    this.#group = undefined;
    if (error === undefined) group?.resolve();
    else group?.reject(error);
  }

  /** What is not committed must not be read. */
  async #othersCommitted(): Promise<void> {
    while (this.#group !== undefined) await this.#group.over;
  }

  #passOn(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#isTaken = false;
    else next();
  }
}
