/** AgentSend's own API behind Keyward: the inboxes of an account, and the messages sent from them. */
import { randomBytes } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { created, matching, noContent, ok, optional, type Place, problem, type Running, refuse, route, serveApi, text } from "./api.ts";

const TABLES = `
  PRAGMA foreign_keys = ON;
  CREATE TABLE IF NOT EXISTS inboxes (
    id TEXT PRIMARY KEY, organization_id TEXT NOT NULL, address TEXT NOT NULL UNIQUE, name TEXT, created_at TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS inboxes_of ON inboxes (organization_id);
  CREATE TABLE IF NOT EXISTS messages (
    id TEXT PRIMARY KEY, inbox TEXT NOT NULL REFERENCES inboxes (id) ON DELETE CASCADE,
    recipient TEXT NOT NULL, subject TEXT NOT NULL, text TEXT NOT NULL, created_at TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS messages_of ON messages (inbox);
`;
const INBOX = "id, address, name, created_at AS createdAt";
const MESSAGE = 'id, recipient AS "to", subject, text, created_at AS createdAt';
const DOMAIN = "inbox.example";
const NO_INBOX = refuse(404, "There is no such inbox.");

const newId = (prefix: string) => `${prefix}_${randomBytes(13).toString("hex")}`;
const localPart = matching(/^[a-z0-9](?:[a-z0-9.-]{0,62}[a-z0-9])?$/, "must be 1 to 64 of a to z, 0 to 9, dot and hyphen");
const mailAddress = matching(/^[^\s@<>,;"]{1,64}@[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i, "must be one e-mail address");

function routes(db: DatabaseSync) {
  const insertInbox = db.prepare(`INSERT INTO inboxes VALUES (?, ?, ?, ?, ?) ON CONFLICT (address) DO NOTHING RETURNING ${INBOX}`);
  const inboxes = db.prepare(`SELECT ${INBOX} FROM inboxes WHERE organization_id = ? ORDER BY rowid`);
  const inbox = db.prepare(`SELECT ${INBOX} FROM inboxes WHERE organization_id = ? AND id = ?`);
  const removeInbox = db.prepare("DELETE FROM inboxes WHERE organization_id = ? AND id = ?");
  const insertMessage = db.prepare(`INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?) RETURNING ${MESSAGE}`);
  const messages = db.prepare(`SELECT ${MESSAGE} FROM messages WHERE inbox = ? ORDER BY rowid DESC LIMIT 100`);
  const now = () => new Date().toISOString();

  return [
    route("POST /inboxes", { username: optional(localPart), name: optional(text(128)) }, ({ caller, body }) => {
      const address = `${body.username ?? randomBytes(6).toString("hex")}@${DOMAIN}`;
      const made = insertInbox.get(newId("in"), caller.organizationId, address, body.name, now());
      return made === undefined ? refuse(409, "This address is taken.") : created(made);
    }),
    route("GET /inboxes", {}, ({ caller }) => ok({ data: inboxes.all(caller.organizationId) })),
    route("GET /inboxes/{id}", {}, ({ caller, params }) => {
      const found = inbox.get(caller.organizationId, params.id ?? "");
      return found === undefined ? NO_INBOX : ok(found);
    }),
    route("DELETE /inboxes/{id}", {}, ({ caller, params }) =>
      removeInbox.run(caller.organizationId, params.id ?? "").changes === 0 ? NO_INBOX : noContent,
    ),
    route("POST /inboxes/{id}/messages", { to: mailAddress, subject: text(256), text: text(10_000) }, ({ caller, params, body }) => {
      const id = params.id ?? "";
      if (inbox.get(caller.organizationId, id) === undefined) return NO_INBOX;
      return created(insertMessage.get(newId("msg"), id, body.to, body.subject, body.text, now()));
    }),
    route("GET /inboxes/{id}/messages", {}, ({ caller, params }) => {
      const id = params.id ?? "";
      return inbox.get(caller.organizationId, id) === undefined ? NO_INBOX : ok({ data: messages.all(id) });
    }),
  ];
}

export function start(place: Place): Promise<Running> {
  return serveApi(place, { name: "agentsend", tables: TABLES, routes, success: (data) => data, error: problem });
}
