/** AgentsGT's own API behind Keyward: the agents of an organization, and messages to them, each response in the platform's envelope. */
import { randomUUID } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { type Api, created, noContent, ok, optional, type Place, type Running, refuse, route, serveApi, text } from "./api.ts";

const TABLES = `
  PRAGMA foreign_keys = ON;
  CREATE TABLE IF NOT EXISTS agents (
    id TEXT PRIMARY KEY, organization_id TEXT NOT NULL, name TEXT NOT NULL, greeting TEXT NOT NULL, created_at TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS agents_of ON agents (organization_id);
  CREATE TABLE IF NOT EXISTS messages (
    id TEXT PRIMARY KEY, agent TEXT NOT NULL REFERENCES agents (id) ON DELETE CASCADE, text TEXT NOT NULL, reply TEXT NOT NULL, created_at TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS messages_of ON messages (agent);
`;
const AGENT = "id, name, greeting, created_at AS createdAt";
const MESSAGE = "id, text, reply, created_at AS createdAt";
const NO_AGENT = refuse(404, "There is no such agent.");

const error: Api["error"] = (_status, detail) => ({ type: "application/json", body: { success: false, error: detail } });

function routes(db: DatabaseSync) {
  const insertAgent = db.prepare(`INSERT INTO agents VALUES (?, ?, ?, ?, ?) RETURNING ${AGENT}`);
  const agents = db.prepare(`SELECT ${AGENT} FROM agents WHERE organization_id = ? ORDER BY rowid`);
  const agent = db.prepare(`SELECT ${AGENT} FROM agents WHERE organization_id = ? AND id = ?`);
  const removeAgent = db.prepare("DELETE FROM agents WHERE organization_id = ? AND id = ?");
  const insertMessage = db.prepare(`INSERT INTO messages VALUES (?, ?, ?, ?, ?) RETURNING ${MESSAGE}`);
  const messages = db.prepare(`SELECT ${MESSAGE} FROM messages WHERE agent = ? ORDER BY rowid DESC LIMIT 100`);
  const now = () => new Date().toISOString();

  return [
    route("POST /api/v1/agents", { name: text(128), greeting: optional(text(500)) }, ({ caller, body }) =>
      created(insertAgent.get(randomUUID(), caller.organizationId, body.name, body.greeting ?? "Hello.", now())),
    ),
    route("GET /api/v1/agents", {}, ({ caller }) => ok(agents.all(caller.organizationId))),
    route("GET /api/v1/agents/{id}", {}, ({ caller, params }) => {
      const found = agent.get(caller.organizationId, params.id ?? "");
      return found === undefined ? NO_AGENT : ok(found);
    }),
    route("DELETE /api/v1/agents/{id}", {}, ({ caller, params }) =>
      removeAgent.run(caller.organizationId, params.id ?? "").changes === 0 ? NO_AGENT : noContent,
    ),
    // What an agent replies does not matter here: it greets.
    route("POST /api/v1/agents/{id}/messages", { message: text(4_000) }, ({ caller, params, body }) => {
      const found = agent.get(caller.organizationId, params.id ?? "");
      if (found === undefined) return NO_AGENT;
      return created(insertMessage.get(randomUUID(), String(found.id), body.message, String(found.greeting), now()));
    }),
    route("GET /api/v1/agents/{id}/messages", {}, ({ caller, params }) => {
      const id = params.id ?? "";
      return agent.get(caller.organizationId, id) === undefined ? NO_AGENT : ok(messages.all(id));
    }),
  ];
}

export function start(place: Place): Promise<Running> {
  return serveApi(place, { name: "agentsgt", tables: TABLES, routes, success: (data) => ({ success: true, data }), error });
}
