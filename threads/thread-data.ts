/** What a thread gets from the main thread when it starts, and what the two ask of one another. */
import type { MessagePort } from "node:worker_threads";
import type { ConfigOptions } from "../config.ts";
import type { Env } from "../config-values.ts";
import type { Problem } from "../engine/errors.ts";
import type { SharedBuffer } from "../service/limiting/shared/memory.ts";
import type { ThreadDoor } from "../stores/thread-door.ts";
import type { ThreadReport } from "../telemetry/thread-report.ts";
import type { ChangesDoor } from "./changes.ts";

/** The options of `serve`: `platform` is the name of a platform, or a file that exports one. */
export interface ServeOptions extends Omit<ConfigOptions, "platform"> {
  readonly platform: string;
}

/** What is the same for every thread. It is copied: everything but what is shared. */
export interface CommonData {
  readonly options: ServeOptions;
  readonly env: Env;
  readonly secret: string;
  /** Of the clock that all threads read. */
  readonly clockId: string;
  readonly operatorFingerprint: string;
  /** Of Keyward. */
  readonly version: string;
  /** Where the main thread listens. */
  readonly url: string;
  readonly address: string;
  readonly port: number;
  /** The data directory as an absolute path, where the thread keeps a journal of what it counts. Undefined where no thread keeps one. */
  readonly journalDirectory: string | undefined;
}

export interface ThreadData extends CommonData {
  /** Its number; the main thread is 1. */
  readonly number: number;
  readonly counters: SharedBuffer;
  /** Of the node, if the process is one among several; then `desk` is there too. */
  readonly lease: SharedArrayBuffer;
  /** Of `BankDesk`. */
  readonly desk: ThreadDoor | undefined;
  /** Where each thread writes how much it has verified: a number of eight bytes, at its own number. */
  readonly verifications: SharedArrayBuffer;
  readonly changes: ChangesDoor;
  readonly store: ThreadDoor;
  /** Of `MainMethods`. */
  readonly main: ThreadDoor;
  /** On which the thread serves its `ThreadMethods`. */
  readonly calls: MessagePort;
  /** To which it hands requests over. */
  readonly handOver: MessagePort;
}

/** What a thread asks of the main thread. */
export interface MainMethods {
  /** Counts a failed attempt of an address. */
  refuse(address: string, refusal: Problem): Promise<Problem>;
}

/** What the main thread asks of another one. */
export interface ThreadMethods {
  /** Resolves once the thread listens. Rejects with one sentence when it cannot. */
  started(): Promise<void>;
  flush(): Promise<void>;
  turnJournal(): Promise<void>;
  discardJournal(): Promise<void>;
  lastUsesOf(keyIds: readonly string[]): Promise<readonly number[]>;
  areRateLimited(keyIds: readonly string[]): Promise<readonly boolean[]>;
  idInMemory(presented: string): Promise<string | undefined>;
  /** For metrics. */
  report(): Promise<ThreadReport>;
  /** Takes no further connections. */
  stopListening(): Promise<void>;
  /** As `drain` of a server. */
  drain(stragglersMs: number): Promise<void>;
  /** Writes what is in memory. Nothing is served afterwards. */
  close(): Promise<void>;
}

export const THREAD_METHODS = [
  "started",
  "flush",
  "turnJournal",
  "discardJournal",
  "lastUsesOf",
  "areRateLimited",
  "idInMemory",
  "report",
  "stopListening",
  "drain",
  "close",
] as const satisfies (keyof ThreadMethods)[];
