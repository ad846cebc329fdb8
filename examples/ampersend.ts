/**
 * ampersend's own API behind Keyward: agents, their keys, allowlists and top-ups, and exports of what they paid. Which key may do what
 * with which agent has been decided before a request arrives here; hosted endpoints belong to the agent that calls.
 */
import { randomBytes, randomUUID } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import {
  type Asked,
  amount,
  type BodyOf,
  created,
  type Field,
  type Fields,
  formatAmount,
  matching,
  noContent,
  ok,
  optional,
  type Place,
  type PlainResponse,
  problem,
  type Running,
  refuse,
  route,
  serveApi,
  text,
} from "./api.ts";

const TABLES = `
  CREATE TABLE IF NOT EXISTS agents (
    address TEXT PRIMARY KEY, organization_id TEXT NOT NULL, name TEXT NOT NULL, allowlist TEXT NOT NULL DEFAULT '[]',
    top_up_below INTEGER, top_up_by INTEGER, created_at TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS agents_of ON agents (organization_id);
  CREATE TABLE IF NOT EXISTS agent_keys (id TEXT PRIMARY KEY, agent TEXT, address TEXT, created_at TEXT, UNIQUE (agent, address)) STRICT;
  CREATE TABLE IF NOT EXISTS transactions (id TEXT PRIMARY KEY, organization_id TEXT, agent TEXT, memo TEXT, amount INTEGER, created_at TEXT) STRICT;
  CREATE INDEX IF NOT EXISTS transactions_of ON transactions (organization_id);
  CREATE TABLE IF NOT EXISTS endpoints (id TEXT PRIMARY KEY, agent TEXT, name TEXT, amount INTEGER, created_at TEXT) STRICT;
  CREATE INDEX IF NOT EXISTS endpoints_of ON endpoints (agent);
`;
const AGENT = "address, name, created_at AS createdAt";
const KEY = "id, address, created_at AS createdAt";
const ENDPOINT = "id, name, amount, created_at AS createdAt";
const TRANSACTION = "id, agent, memo, amount, created_at AS createdAt";
const EVENT = "'payment.settled' AS type, id AS transactionId, agent, amount, created_at AS at";

const ADDRESS = /^0x[0-9a-f]{40}$/i;
const address = matching(ADDRESS, "must be an address: 0x and 40 hexadecimal digits");
const addresses: Field<string[]> = {
  must: "must be a list of at most 100 addresses",
  read: (value) =>
    Array.isArray(value) && value.length <= 100 && value.every((entry) => typeof entry === "string" && ADDRESS.test(entry))
      ? [...new Set(value.map((entry: string) => entry.toLowerCase()))]
      : undefined,
};

type Row = Record<string, unknown>;
const withAmount = (row: Row) => ({ ...row, amount: formatAmount(Number(row.amount)) });
const topUpOf = ({ top_up_below: below, top_up_by: by }: Row) =>
  below === null ? { enabled: false } : { enabled: true, below: formatAmount(Number(below)), by: formatAmount(Number(by)) };

/** RFC 4180. A cell that a spreadsheet would take for a formula gets an apostrophe in front and is a text like any other. */
function toCsv(columns: readonly string[], rows: readonly Row[]): string {
  const cell = (value: unknown) =>
    `"${String(value ?? "")
      .replace(/^[=+\-@\t\r]/, "'$&")
      .replaceAll('"', '""')}"`;
  const line = (cells: readonly unknown[]) => `${cells.map(cell).join(",")}\r\n`;
  return line(columns) + rows.map((row) => line(columns.map((column) => row[column]))).join("");
}

/** `columns` as SQL has them: what follows AS is the name. */
function exported(query: URLSearchParams, columns: string, rows: readonly Row[]): PlainResponse {
  const format = query.get("format") ?? "json";
  const names = columns.split(", ").map((column) => column.replace(/^.* AS /, ""));
  if (format === "csv") return { status: 200, csv: toCsv(names, rows.map(withAmount)) };
  return format === "json" ? ok({ data: rows.map(withAmount) }) : refuse(400, "format must be json or csv.");
}

function routes(db: DatabaseSync) {
  const insertAgent = db.prepare(`INSERT INTO agents (address, organization_id, name, created_at) VALUES (?, ?, ?, ?) RETURNING ${AGENT}`);
  const agents = db.prepare(`SELECT ${AGENT} FROM agents WHERE organization_id = ? ORDER BY rowid`);
  const agent = db.prepare("SELECT * FROM agents WHERE organization_id = ? AND address = ?");
  const rename = db.prepare(`UPDATE agents SET name = ? WHERE address = ? RETURNING ${AGENT}`);
  const setAllowlist = db.prepare("UPDATE agents SET allowlist = ? WHERE address = ?");
  const setTopUp = db.prepare("UPDATE agents SET top_up_below = ?, top_up_by = ? WHERE address = ? RETURNING *");
  const insertKey = db.prepare(`INSERT INTO agent_keys VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING ${KEY}`);
  const keys = db.prepare(`SELECT ${KEY} FROM agent_keys WHERE agent = ? ORDER BY rowid`);
  const removeKey = db.prepare("DELETE FROM agent_keys WHERE agent = ? AND id = ?");
  const insertTransaction = db.prepare("INSERT INTO transactions VALUES (?, ?, ?, ?, ?, ?)");
  const transactions = db.prepare(`SELECT ${TRANSACTION} FROM transactions WHERE organization_id = ? ORDER BY rowid`);
  const events = db.prepare(`SELECT ${EVENT} FROM transactions WHERE organization_id = ? ORDER BY rowid`);
  const insertEndpoint = db.prepare(`INSERT INTO endpoints VALUES (?, ?, ?, ?, ?) RETURNING ${ENDPOINT}`);
  const endpoints = db.prepare(`SELECT ${ENDPOINT} FROM endpoints WHERE agent = ? ORDER BY rowid`);
  const removeEndpoint = db.prepare("DELETE FROM endpoints WHERE agent = ? AND id = ?");
  const now = () => new Date().toISOString();

  /** A route about one agent of the caller's organization: the one that the path names, or, for a session, the one that calls. */
  function agentRoute<F extends Fields>(
    where: string,
    fields: F,
    handle: (of: string, asked: Asked<BodyOf<F>>, found: Row) => PlainResponse,
  ) {
    return route(where, fields, (asked) => {
      const of = (asked.params.address ?? asked.caller.agent).toLowerCase();
      const found = agent.get(asked.caller.organizationId, of);
      return found === undefined ? refuse(404, "There is no such agent.") : handle(of, asked, found);
    });
  }

  return [
    route("GET /v1/agents", {}, ({ caller }) => ok({ data: agents.all(caller.organizationId) })),
    route("POST [/v1]/agents", { name: text(128) }, ({ caller, body }) =>
      created(insertAgent.get(`0x${randomBytes(20).toString("hex")}`, caller.organizationId, body.name, now())),
    ),
    agentRoute("GET /v1/agents/{address}", {}, (of, _asked, { name, created_at }) => ok({ address: of, name, createdAt: created_at })),
    agentRoute("PATCH /v1/agents/{address}", { name: text(128) }, (of, { body }) => ok(rename.get(body.name, of))),

    agentRoute("GET /v1/agents/{address}/keys", {}, (of) => ok({ data: keys.all(of) })),
    agentRoute("POST [/v1]/agents/{address}/keys", { address }, (of, { body }) => {
      const key = insertKey.get(randomUUID(), of, body.address.toLowerCase(), now());
      return key === undefined ? refuse(409, "The agent has this key already.") : created(key);
    }),
    agentRoute("DELETE /v1/agents/{address}/keys/{keyId}", {}, (of, { params }) =>
      removeKey.run(of, params.keyId ?? "").changes === 0 ? refuse(404, "The agent has no such key.") : noContent,
    ),

    agentRoute("GET /v1/agents/{address}/allowlist", {}, (_of, _asked, { allowlist }) => ok({ addresses: JSON.parse(String(allowlist)) })),
    agentRoute("PUT /v1/agents/{address}/allowlist", { addresses }, (of, { body }) => {
      setAllowlist.run(JSON.stringify(body.addresses), of);
      return ok({ addresses: body.addresses });
    }),
    agentRoute("GET /v1/agents/{address}/top-up", {}, (_of, _asked, found) => ok(topUpOf(found))),
    // An agent of this example never earns anything: setting its top-up tops it up at once.
    agentRoute(
      "PUT /v1/agents/{address}/top-up",
      { below: amount, by: amount, memo: optional(text(128)) },
      (of, { caller, body }, { name }) => {
        insertTransaction.run(randomUUID(), caller.organizationId, of, body.memo ?? `Top-up of ${name}`, body.by, now());
        return ok(topUpOf(setTopUp.get(body.below, body.by, of) ?? {}));
      },
    ),

    route("GET /v1/export/transactions", {}, ({ caller, query }) => exported(query, TRANSACTION, transactions.all(caller.organizationId))),
    route("GET /v1/export/payment-events", {}, ({ caller, query }) => exported(query, EVENT, events.all(caller.organizationId))),

    agentRoute("GET /v1/endpoints", {}, (of) => ok({ data: endpoints.all(of).map(withAmount) })),
    agentRoute("POST /v1/endpoints", { name: text(128), amount }, (of, { body }) =>
      created(withAmount(insertEndpoint.get(randomUUID(), of, body.name, body.amount, now()) ?? {})),
    ),
    agentRoute("DELETE /v1/endpoints/{endpointId}", {}, (of, { params }) =>
      removeEndpoint.run(of, params.endpointId ?? "").changes === 0 ? refuse(404, "There is no such endpoint.") : noContent,
    ),
  ];
}

export function start(place: Place): Promise<Running> {
  return serveApi(place, { name: "ampersend", tables: TABLES, routes, success: (data) => data, error: problem });
}
