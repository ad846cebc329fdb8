/**
 * Attempts at passwords, spaced over all processes that share a database. What failed at an account is in a row of the bank, which some others
 * share: there are 4,096 rows at most, whoever tries however many names.
 */
import { type AttemptLedger, beginAttempt, forgetAttempts } from "../../engine/attempt-ledger.ts";
import { StoreUnavailable } from "../../stores/contract.ts";
import type { Secrets } from "../secrets.ts";
import { type BankInTime, newRow, type TrueReading } from "./bank-in-time.ts";

/** Both throw StoreUnavailable, as a rejection: whether it was noted is then unknown. */
export interface AttemptsTogether {
  /**
   * Notes an attempt at this account as failed, and resolves to 0. If it comes too early, notes nothing and resolves to the first time on the
   * monotonic clock at which it may be made.
   */
  begin(account: string): Promise<number>;
  /** The password was right: the failures before it are forgotten. */
  succeed(account: string): Promise<void>;
}

interface AttemptsOptions {
  readonly bank: Pick<BankInTime, "read" | "write">;
  readonly secrets: Pick<Secrets, "digest">;
}

interface Place {
  readonly rowId: string;
  /** Of the account in its row. */
  readonly name: string;
}

/** Bits of a digest that tell the row, and characters of it that are the name there. */
const [ROW_BITS, NAME_CHARACTERS] = [12, 22];
/** Of those who write one row at once, one is first; then the others find it changed. */
const MOST_TRIES = 100;

export function attemptsTogether({ bank, secrets }: AttemptsOptions): AttemptsTogether {
  const placeOf = (account: string): Place => {
    // Keyed: nobody can choose names for one row, and the database does not tell who was tried.
    const digest = secrets.digest(`attempts ${account}`).slice(-43);
    const row = Buffer.from(digest, "base64url").readUInt16BE() >> (16 - ROW_BITS);
    return { rowId: `attempts:${row.toString(16)}`, name: digest.slice(-NAME_CHARACTERS) };
  };

  /** Runs `change` on the row until nobody else has changed it meanwhile. `change` returns undefined to leave it as it is. */
  async function update(
    { rowId }: Place,
    change: (ledger: AttemptLedger, reading: TrueReading) => AttemptLedger | undefined,
  ): Promise<void> {
    for (let tried = 0; tried < MOST_TRIES; tried++) {
      const reading = await bank.read([rowId]);
      const row = reading.rows.get(rowId);
      const after = change(row === undefined ? [] : (JSON.parse(row.state) as AttemptLedger), reading);
      if (after === undefined) return;
      const written = await bank.write([newRow(rowId, row?.version ?? 0, reading.bankMs, JSON.stringify(after))]);
      if (written.length > 0) return;
    }
    throw new StoreUnavailable("too many attempts at once");
  }

  return {
    async begin(account) {
      const place = placeOf(account);
      let retryAt = 0;
      await update(place, (ledger, { bankMs, heardAt }) => {
        const begun = beginAttempt(ledger, place.name, Math.ceil(bankMs));
        if ("ledger" in begun) return begun.ledger;
        retryAt = heardAt + begun.at - bankMs;
        return undefined;
      });
      return retryAt;
    },

    async succeed(account) {
      const place = placeOf(account);
      await update(place, (ledger, { bankMs }) => {
        const isKnown = ledger.some(({ name }) => name === place.name);
        return isKnown ? forgetAttempts(ledger, place.name, bankMs) : undefined;
      });
    },
  };
}
