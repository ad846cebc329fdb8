/**
 * The bank of limits in SQL. Reading and writing are one statement each, for many counters at once; no transaction and no lock lasts between them.
 * A row is written only over the version that was read, in the order of the ids, so that concurrent writers neither overwrite nor deadlock.
 */
import { type Kysely, type RawBuilder, sql } from "kysely";
import { DAY_MS } from "../../engine/duration.ts";
import type { BankNotice, BankRow, BankStore, NewBankRow } from "../bank-contract.ts";
import { StoreUnavailable } from "../contract.ts";
import type { Database } from "../sql/schema.ts";
import { repeated } from "../sql/transaction.ts";
import type { Wakeups } from "../wakeups.ts";
import { CHANNELS } from "./channels.ts";
import { BANK_CLOCK_MS } from "./dialect.ts";

interface Read {
  readonly clockMs: number;
  readonly aheadMs: number;
  readonly counter_id: string | null;
  readonly version: number;
  readonly state: string;
}

interface BankDatabase {
  readonly db: Kysely<Database>;
  readonly notify: (channel: string, payload: string) => Promise<unknown>;
  readonly wakeups: Pick<Wakeups, "subscribe">;
}

const KEPT_MS = 2 * DAY_MS;

export function postgresBank({ db, notify, wakeups }: BankDatabase): BankStore {
  // A write that was made although its response was lost finds its own version when it is repeated, and reports that nothing was written.
  async function run<Row>(query: RawBuilder<Row>): Promise<Row[]> {
    try {
      return (await repeated(() => query.execute(db))).rows;
    } catch (cause) {
      throw new StoreUnavailable(`the bank of limits failed: ${cause instanceof Error ? cause.message : "unknown"}`, { cause });
    }
  }

  return {
    async readBank(counterIds) {
      const read = await run(sql<Read>`
        select ${BANK_CLOCK_MS} as "clockMs", clock.ahead_ms as "aheadMs", counter.counter_id, counter.version, counter.state
        from bank_clock clock left join bank_counters counter on counter.counter_id = any(${[...counterIds]}::text[])`);
      const [first] = read;
      if (first === undefined) throw new StoreUnavailable("the bank of limits has no clock");
      const rows = new Map<string, BankRow>();
      for (const { counter_id, version, state } of read) if (counter_id !== null) rows.set(counter_id, { version, state });
      return { clockMs: first.clockMs, aheadMs: first.aheadMs, rows };
    },

    async writeBank(given) {
      const rows = [...given].sort((a, b) => (a.counterId < b.counterId ? -1 : 1));
      const column = <Name extends keyof NewBankRow>(name: Name) => rows.map((row) => row[name]);
      const written = await run(sql<{ counter_id: string }>`
        insert into bank_counters (counter_id, version, replaces, state, at)
        select * from unnest(${column("counterId")}::text[], ${column("version")}::bigint[], ${column("replaces")}::bigint[],
          ${column("state")}::text[], ${column("at")}::bigint[])
        on conflict (counter_id) do update
          set version = excluded.version, replaces = excluded.replaces, state = excluded.state, at = excluded.at
          where bank_counters.version = excluded.replaces
        returning counter_id`);
      return written.map(({ counter_id }) => counter_id);
    },

    async correctBankClock(readAheadMs, aheadMs) {
      await run(sql`update bank_clock set ahead_ms = ${Math.ceil(aheadMs)} where ahead_ms = ${readAheadMs}`);
    },

    async pruneBank() {
      await run(sql`
        delete from bank_counters using bank_clock clock
        where bank_counters.at < (extract(epoch from statement_timestamp()) * 1000)::bigint - clock.ahead_ms - ${KEPT_MS}::bigint`);
    },

    async tellNodes(notices) {
      for (const notice of notices) await notify(CHANNELS.recall, JSON.stringify(notice));
    },

    hearNodes: (hear) =>
      // Without a payload something may have been missed: who recalls waits for a moment only.
      wakeups.subscribe("recall", (payload) => {
        if (payload !== "") hear(JSON.parse(payload) as BankNotice);
      }),
  };
}
