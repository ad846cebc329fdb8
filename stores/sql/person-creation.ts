/** Adds a person in SQL: the user, their account and, if they were invited, their membership, in one transaction. */
import type { Kysely, Transaction } from "kysely";
import type { AddPersonResult, Change, Newcomer } from "../contract.ts";
import { acceptInvitation } from "./memberships.ts";
import type { Database } from "./schema.ts";
import { transact } from "./transaction.ts";

type Refusal = Exclude<AddPersonResult["outcome"], "added">;

/** Thrown inside the transaction, to roll it back. */
class NotAdded extends Error {
  readonly outcome: Refusal;

  constructor(outcome: Refusal) {
    super(outcome);
    this.outcome = outcome;
  }
}

export async function addPerson(
  db: Kysely<Database>,
  newcomer: Newcomer,
  invitationDigest: string | undefined,
  change: Change,
): Promise<AddPersonResult> {
  try {
    return await transact(db, invitationDigest === undefined ? undefined : change, async (tx) => {
      if (await isKnown(tx, newcomer)) return { outcome: "known" as const };
      await insertUser(tx, newcomer, change);
      await insertAccount(tx, newcomer, change);
      if (invitationDigest !== undefined) {
        const { outcome } = await acceptInvitation(tx, invitationDigest, newcomer.id, change);
        if (outcome !== "accepted") throw new NotAdded("invitation_gone");
      }
      return { outcome: "added" as const };
    });
  } catch (error) {
    if (error instanceof NotAdded) return { outcome: error.outcome };
    throw error;
  }
}

async function isKnown(tx: Transaction<Database>, { account }: Newcomer): Promise<boolean> {
  const row = await tx
    .selectFrom("accounts")
    .select("id")
    .where("provider_id", "=", account.providerId)
    .where("account_id", "=", account.accountId)
    .executeTakeFirst();
  return row !== undefined;
}

/** If two people with one e-mail address are added at once, the second waits here for the first. They may be the same person. */
async function insertUser(tx: Transaction<Database>, newcomer: Newcomer, change: Change): Promise<void> {
  const { id, name, email, emailVerified, image } = newcomer;
  const time = new Date(change.at).toISOString();
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto("users")
    .values({ id, name, email, email_verified: emailVerified, image, created_at: time, updated_at: time })
    .onConflict((conflict) => conflict.column("email").doNothing())
    .executeTakeFirstOrThrow();
  if (numInsertedOrUpdatedRows === 0n) throw new NotAdded((await isKnown(tx, newcomer)) ? "known" : "email_taken");
}

async function insertAccount(tx: Transaction<Database>, { id, account }: Newcomer, change: Change): Promise<void> {
  const time = new Date(change.at).toISOString();
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto("accounts")
    .values({
      id: account.id,
      user_id: id,
      provider_id: account.providerId,
      account_id: account.accountId,
      password: account.passwordHash,
      created_at: time,
      updated_at: time,
    })
    // Whichever index finds it first: the same newcomer may come twice at once.
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  if (numInsertedOrUpdatedRows === 0n) throw new NotAdded("known");
}
