/** An open database, whichever kind it is. */
import type { BankStore } from "./bank-contract.ts";
import type { Store } from "./contract.ts";
import type { Journal } from "./journal-contract.ts";
import type { NodeStore } from "./node-contract.ts";
import type { ThreadDoor } from "./thread-door.ts";

export interface OpenStore {
  readonly store: Store;
  /** Where several processes can share the database: how they know one another. Whoever uses `store` then needs it. */
  readonly nodes?: NodeStore | undefined;
  /** Where there is `nodes`: how they share limits. */
  readonly bank?: BankStore | undefined;
  /** Of the embedded database: keeps what memory counts until the store has it. */
  readonly journal?: Journal | undefined;
  /**
   * The same database for the sign-in library, which writes its own SQL. Loaded on the first call: nothing else in the main thread needs
   * Kysely, which takes about ten megabytes.
   */
  guest(): Promise<GuestDatabase>;
  /** The same store for another thread of the process. Absent where that thread asks through this one: see `openDoor`. */
  connect?(): Promise<ThreadDoor>;
  /** The most connections that requests of this process use. Absent for the embedded database. */
  readonly connections?: number | undefined;
  /** The migrations that this opening ran on a database that was there before. */
  readonly migrated: readonly string[];
  /** Waits for calls under way, and rejects later ones with `StoreUnavailable`. Loses nothing that was acknowledged. May be called twice. */
  close(): Promise<void>;
}

/** A database in the form that Better Auth accepts. */
interface GuestDatabase {
  /** A dialect of Kysely. Its type is not named: applications that use the library do not have Kysely. */
  readonly dialect: object;
  readonly type: "sqlite" | "postgres";
  /** Whether the library may run a transaction of several statements. */
  readonly transaction: boolean;
}
