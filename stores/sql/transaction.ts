/**
 * Transactions, and calls that are repeated. A database that others reach over a network takes transactions back (deadlocks), ends
 * connections, and can lose the response to a commit. Its driver throws one of the two errors below then; the embedded database throws neither.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { Kysely, Transaction } from "kysely";
import { type Change, StoreUnavailable } from "../contract.ts";
import type { Database } from "./schema.ts";

/** Nothing was changed, or it was a single statement that may run twice: the call may be repeated. */
export class Repeatable extends Error {
  override readonly name = "Repeatable";
}

/** The connection was lost during the commit. */
export class CommitUnknown extends Error {
  override readonly name = "CommitUnknown";
  /** Waits until the transaction has ended. Undefined if the database did not say. */
  readonly findFate: () => Promise<"committed" | "rolled_back" | undefined>;

  constructor(findFate: CommitUnknown["findFate"], cause: unknown) {
    super("the connection was lost during the commit", { cause });
    this.findFate = findFate;
  }
}

/** The pause before each repetition, in milliseconds. A database that restarts takes about a second. */
const PAUSES_MS = [0, 50, 200, 750];

/** Runs a call, and runs it again after a `Repeatable`, a few times. */
export async function repeated<Result>(call: () => Promise<Result>): Promise<Result> {
  for (const pauseMs of PAUSES_MS) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof Repeatable)) throw error;
    }
    await pause(pauseMs);
  }
  return call();
}

/**
 * Runs one transaction. If the response to the commit is lost, looks up whether it was committed; the result is then the same as if it had
 * arrived. With `change`, `run` writes its audit row if it changes anything, which proves a commit.
 * @throws Repeatable, StoreUnavailable when it is unknown whether the transaction was committed
 */
export async function transact<Result>(
  db: Kysely<Database>,
  change: Change | undefined,
  run: (tx: Transaction<Database>) => Promise<Result>,
): Promise<Result> {
  let ran: { readonly result: Result } | undefined;
  try {
    return await db.transaction().execute(async (tx) => {
      const result = await run(tx);
      ran = { result };
      return result;
    });
  } catch (error) {
    if (!(error instanceof CommitUnknown) || ran === undefined) throw error;
    const fate = await error.findFate();
    if (fate === undefined) throw new StoreUnavailable("it is unknown whether the change was committed", { cause: error });
    // After a crash the database may give the number of a lost transaction to another one, so the audit row decides where there is one.
    if (fate === "committed" && (change === undefined || (await isAudited(db, change)))) return ran.result;
    throw new Repeatable("the change was not committed", { cause: error });
  }
}

async function isAudited(db: Kysely<Database>, { auditId }: Change): Promise<boolean> {
  return (await repeated(() => db.selectFrom("audit").select("id").where("id", "=", auditId).executeTakeFirst())) !== undefined;
}
