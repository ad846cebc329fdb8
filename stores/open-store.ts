/** What opening a database gives, whichever database it is. */
import type { Dialect } from "kysely";
import type { Store } from "./contract.ts";

export interface OpenStore {
  readonly store: Store;
  /**
   * The same database for a library that writes its own SQL: the one that signs people in. Loaded when it is first asked for, because
   * nothing else in the main thread needs Kysely, which takes some ten megabytes.
   */
  guest(): Promise<GuestDatabase>;
  /** Finishes the methods under way and rejects later ones with `StoreUnavailable`. Loses nothing that was acknowledged. May be called twice. */
  close(): Promise<void>;
}

/** In the shape in which Better Auth takes a database. */
interface GuestDatabase {
  readonly dialect: Dialect;
  readonly type: "sqlite" | "postgres";
  /** Whether the guest may hold a transaction over several statements. */
  readonly transaction: boolean;
}
