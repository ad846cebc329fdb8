/**
 * AgentPay's own API behind Keyward: wallets with a budget, payments out of them, and what has been spent.
 *
 * What an unclaimed key creates belongs to that key, and to the organization once it claims the key.
 */
import { randomUUID } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import {
  amount,
  type Caller,
  created,
  formatAmount,
  ok,
  optional,
  type Place,
  problem,
  type Running,
  refuse,
  route,
  serveApi,
  text,
} from "./api.ts";

const TABLES = `
  CREATE TABLE IF NOT EXISTS wallets (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, name TEXT NOT NULL, budget INTEGER NOT NULL, spent INTEGER NOT NULL DEFAULT 0, created_at TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS wallets_of ON wallets (owner);
  CREATE TABLE IF NOT EXISTS payments (
    id TEXT PRIMARY KEY, wallet TEXT NOT NULL REFERENCES wallets (id), amount INTEGER NOT NULL, recipient TEXT NOT NULL, memo TEXT, created_at TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS payments_of ON payments (wallet);
`;

interface Wallet {
  readonly id: string;
  readonly name: string;
  readonly budget: number;
  readonly spent: number;
  readonly created_at: string;
}

const toWallet = ({ id, name, budget, spent, created_at }: Wallet) => ({
  id,
  name,
  budget: formatAmount(budget),
  spent: formatAmount(spent),
  createdAt: created_at,
});

function routes(db: DatabaseSync) {
  const insertWallet = db.prepare("INSERT INTO wallets (id, owner, name, budget, created_at) VALUES (?, ?, ?, ?, ?) RETURNING *");
  const walletsOf = db.prepare("SELECT * FROM wallets WHERE owner = ? ORDER BY rowid");
  const takeOver = db.prepare("UPDATE wallets SET owner = ? WHERE owner = ?");
  const walletOf = db.prepare("SELECT * FROM wallets WHERE id = ? AND owner = ?");
  // One statement: two payments at once cannot both take the last of the budget.
  const spend = db.prepare("UPDATE wallets SET spent = spent + :amount WHERE id = :id AND spent + :amount <= budget");
  const insertPayment = db.prepare("INSERT INTO payments VALUES (?, ?, ?, ?, ?, ?)");
  const paymentsOf = db.prepare(
    "SELECT p.* FROM payments p JOIN wallets w ON w.id = p.wallet WHERE w.owner = ? AND (?2 IS NULL OR w.id = ?2) ORDER BY p.rowid DESC LIMIT 100",
  );

  function ownerOf({ keyId, organizationId }: Caller): string {
    if (organizationId === "") return keyId;
    takeOver.run(organizationId, keyId);
    return organizationId;
  }

  return [
    route("POST /wallets", { name: text(128), budget: amount }, ({ caller, body }) =>
      created(
        toWallet(insertWallet.get(randomUUID(), ownerOf(caller), body.name, body.budget, new Date().toISOString()) as unknown as Wallet),
      ),
    ),
    route("GET /wallets", {}, ({ caller }) => ok({ data: (walletsOf.all(ownerOf(caller)) as unknown as Wallet[]).map(toWallet) })),
    route("POST /payments", { walletId: text(64), to: text(256), amount, memo: optional(text(256)) }, ({ caller, body }) => {
      const { walletId, to, memo } = body;
      if (walletOf.get(walletId, ownerOf(caller)) === undefined) return refuse(404, "There is no such wallet.");
      const [id, now] = [randomUUID(), new Date().toISOString()];
      // Taking from the budget and writing down what for is one change: neither survives without the other.
      db.exec("BEGIN IMMEDIATE");
      try {
        const { changes } = spend.run({ id: walletId, amount: body.amount });
        if (changes === 0) return refuse(402, "The wallet's budget does not cover this payment.");
        insertPayment.run(id, walletId, body.amount, to, memo, now);
        db.exec("COMMIT");
      } finally {
        if (db.isTransaction) db.exec("ROLLBACK");
      }
      return created({ id, walletId, to, amount: formatAmount(body.amount), memo, createdAt: now });
    }),
    route("GET /spend-history", {}, ({ caller, query }) => {
      const payments = paymentsOf.all(ownerOf(caller), query.get("walletId")).map((row) => ({
        id: row.id,
        walletId: row.wallet,
        to: row.recipient,
        amount: formatAmount(Number(row.amount)),
        memo: row.memo,
        createdAt: row.created_at,
      }));
      return ok({ data: payments });
    }),
  ];
}

export function start(place: Place): Promise<Running> {
  return serveApi(place, { name: "agentpay", tables: TABLES, routes, success: (data) => data, error: problem });
}
