/** AgentWallex' own API behind Keyward: the agents of an account. Every response has the form that the platform documents. */
import { randomBytes } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { type Api, created, matching, noContent, ok, optional, type Place, type Running, refuse, route, serveApi, text } from "./api.ts";

const TABLES = `
  CREATE TABLE IF NOT EXISTS agents (
    id TEXT PRIMARY KEY, organization_id TEXT NOT NULL, name TEXT NOT NULL, chain TEXT NOT NULL, address TEXT NOT NULL, created_at TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS agents_of ON agents (organization_id);
`;
const SHOWN = "id, name, chain, address, created_at";
const PAGE = { page_num: { otherwise: 1, maximum: 1_000_000 }, page_size: { otherwise: 20, maximum: 100 } } as const;

const ERRORS: Readonly<Record<number, readonly [code: string, type: string]>> = {
  401: ["unauthorized", "authentication_error"],
  403: ["forbidden", "authorization_error"],
  404: ["not_found", "not_found_error"],
  500: ["internal", "internal_error"],
};

const error: Api["error"] = (status, message) => {
  const [code, type] = ERRORS[status] ?? ["invalid_request", "invalid_request_error"];
  return { type: "application/json", body: { code, type, message } };
};

/** A whole number of the query; undefined when it is none. */
function readWhole(query: URLSearchParams, name: keyof typeof PAGE): number | undefined {
  const { otherwise, maximum } = PAGE[name];
  const given = query.get(name) ?? String(otherwise);
  const number = Number(given);
  return /^\d{1,7}$/.test(given) && number >= 1 && number <= maximum ? number : undefined;
}

function routes(db: DatabaseSync) {
  const insert = db.prepare(`INSERT INTO agents VALUES (?, ?, ?, ?, ?, ?) RETURNING ${SHOWN}`);
  const count = db.prepare("SELECT count(*) AS total FROM agents WHERE organization_id = ?");
  const page = db.prepare(`SELECT ${SHOWN} FROM agents WHERE organization_id = ? ORDER BY rowid DESC LIMIT ? OFFSET ?`);
  const find = db.prepare(`SELECT ${SHOWN} FROM agents WHERE organization_id = ? AND id = ?`);
  const remove = db.prepare("DELETE FROM agents WHERE organization_id = ? AND id = ?");
  const chain = optional(matching(/^[a-z][a-z0-9-]{0,31}$/, "must be the name of a chain, such as base"));

  return [
    route("POST /api/v1/agents", { name: text(128), chain }, ({ caller, body }) => {
      const id = `agt_${randomBytes(12).toString("hex")}`;
      const address = `0x${randomBytes(20).toString("hex")}`;
      return created(insert.get(id, caller.organizationId, body.name, body.chain ?? "base", address, new Date().toISOString()));
    }),
    route("GET /api/v1/agents", {}, ({ caller: { organizationId }, query }) => {
      const number = readWhole(query, "page_num");
      const size = readWhole(query, "page_size");
      if (number === undefined || size === undefined)
        return refuse(400, `page_num must be a whole number of at least 1, page_size one of at most ${PAGE.page_size.maximum}.`);
      const total = Number(count.get(organizationId)?.total);
      return ok({ data: page.all(organizationId, size, (number - 1) * size), total, has_more: number * size < total });
    }),
    route("GET /api/v1/agents/{id}", {}, ({ caller, params }) => {
      const agent = find.get(caller.organizationId, params.id ?? "");
      return agent === undefined ? refuse(404, "There is no such agent.") : ok(agent);
    }),
    route("DELETE /api/v1/agents/{id}", {}, ({ caller, params }) => {
      const { changes } = remove.run(caller.organizationId, params.id ?? "");
      return changes === 0 ? refuse(404, "There is no such agent.") : noContent;
    }),
  ];
}

export function start(place: Place): Promise<Running> {
  return serveApi(place, { name: "agentwallex", tables: TABLES, routes, success: (data) => data, error });
}
