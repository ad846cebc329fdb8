/** The other threads of the process, as the main thread sees them (docs/decisions/0028). */
import type { Server } from "node:http";
import { MessageChannel, Worker } from "node:worker_threads";
import type { StateChange } from "../engine/state-change.ts";
import { shareLease } from "../service/changes/lease.ts";
import type { BankDesk } from "../service/limiting/shared/borrowing-limiter.ts";
import { type SharedBuffer, shareMemory } from "../service/limiting/shared/memory.ts";
import type { OtherThreads } from "../service/threads.ts";
import type { OpenStore } from "../stores/open-store.ts";
import { behind, openDoor } from "../stores/thread-door.ts";
import type { ThreadReport } from "../telemetry/thread-report.ts";
import { ChangeSender } from "./changes.ts";
import { acceptHandedOver } from "./hand-over.ts";
import { type CommonData, type MainMethods, THREAD_METHODS, type ThreadData, type ThreadMethods } from "./thread-data.ts";
import { together } from "./together.ts";

interface Starting {
  readonly data: CommonData;
  readonly database: Pick<OpenStore, "store" | "connect">;
  readonly methods: MainMethods;
  /** Where the process is a node among several. */
  readonly desk: BankDesk | undefined;
  /** Serves what the threads hand over. It does not listen. */
  readonly server: Server;
}

interface Thread {
  readonly worker: Worker;
  readonly methods: ThreadMethods;
}

export class ThreadPool implements OtherThreads {
  readonly counters: SharedBuffer = shareMemory();
  readonly lease = shareLease();
  readonly lastUseOf = together<number>(async (keyIds) => {
    const uses = await this.#ask((thread) => thread.lastUsesOf(keyIds));
    return keyIds.map((_, at) => Math.max(0, ...uses.map((ofThread) => ofThread[at] ?? 0)));
  });
  readonly isRateLimited = together<boolean>(async (keyIds) => {
    const limited = await this.#ask((thread) => thread.areRateLimited(keyIds));
    return keyIds.map((_, at) => limited.some((ofThread) => ofThread[at] === true));
  });
  readonly #changes = new ChangeSender();
  /** At the number of each thread. */
  #verifications = new Float64Array(new SharedArrayBuffer(0));
  readonly #threads: Thread[] = [];
  readonly #onDeath: (cause: unknown) => never;
  #isClosing = false;

  /** `onDeath` is called when a thread has died. It ends the process: what threads share may be left half-changed. */
  constructor(onDeath: (cause: unknown) => never) {
    this.#onDeath = onDeath;
  }

  /** For the limiter of this thread, which waits for a lock that nobody will release. */
  readonly onDead = (): never => this.#onDeath(new Error("a thread has died while it counted a request"));

  /** Starts so many threads. Resolves when all of them listen. @throws Error with one sentence when one cannot */
  async start(count: number, starting: Starting): Promise<void> {
    // The first of the others is number 2.
    this.#verifications = new Float64Array(new SharedArrayBuffer((count + 2) * Float64Array.BYTES_PER_ELEMENT));
    for (let started = 0; started < count; started++) this.#threads.push(await this.#begin(starting));
    await this.#ask((thread) => thread.started()).catch((error: Error) => {
      throw new Error(error.message, { cause: error });
    });
  }

  verifications(): number {
    return this.#verifications.reduce((sum, ofThread) => sum + ofThread, 0);
  }

  tell(change: StateChange): void {
    this.#changes.tell(change);
  }

  async flush(): Promise<void> {
    await this.#ask((thread) => thread.flush());
  }

  async turnJournals(): Promise<void> {
    // Threads that have ended admit nothing.
    if (!this.#isClosing) await this.#ask((thread) => thread.turnJournal());
  }

  async discardJournals(): Promise<void> {
    if (!this.#isClosing) await this.#ask((thread) => thread.discardJournal());
  }

  async idInMemory(presented: string): Promise<string | undefined> {
    const ids = await this.#ask((thread) => thread.idInMemory(presented));
    return ids.find((id) => id !== undefined);
  }

  /** Of each of the other threads, for metrics. */
  reports(): Promise<readonly ThreadReport[]> {
    return this.#ask((thread) => thread.report());
  }

  async stopListening(): Promise<void> {
    await this.#ask((thread) => thread.stopListening());
  }

  async drain(stragglersMs: number): Promise<void> {
    await this.#ask((thread) => thread.drain(stragglersMs));
  }

  /** Each thread writes what is in its memory, and ends. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await Promise.allSettled(this.#threads.map(({ methods }) => methods.close()));
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }

  async #begin({ data, database, methods, desk: given, server }: Starting): Promise<Thread> {
    const [calls, handOver] = [new MessageChannel(), new MessageChannel()];
    const store = (await database.connect?.()) ?? openDoor(database.store);
    const [main, changes] = [openDoor(methods), this.#changes.open()];
    acceptHandedOver(server, handOver.port1);
    const desk = given && openDoor(given);
    const { counters, lease } = this;
    const own: ThreadData = {
      ...data,
      number: this.#threads.length + 2,
      counters,
      lease,
      verifications: this.#verifications.buffer,
      desk,
      changes,
      store,
      main,
      calls: calls.port2,
      handOver: handOver.port2,
    };
    const worker = new Worker(new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url), {
      workerData: own,
      transferList: [changes.port, store.port, main.port, calls.port2, handOver.port2, ...(desk === undefined ? [] : [desk.port])],
    });
    worker.on("error", (error) => this.#died(error));
    worker.on("exit", (code) => this.#died(new Error(`a thread ended with ${code}`)));
    return { worker, methods: behind<ThreadMethods>({ port: calls.port1, methods: THREAD_METHODS }) };
  }

  #died(cause: unknown): void {
    if (!this.#isClosing) this.#onDeath(cause);
  }

  #ask<Value>(ask: (thread: ThreadMethods) => Promise<Value>): Promise<Value[]> {
    return Promise.all(this.#threads.map(({ methods }) => ask(methods)));
  }
}
