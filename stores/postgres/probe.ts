/** The first connection to a database: finds out how to connect, and whether the server is one that Keyward can use. */
import type { ConnectionOptions } from "node:tls";
import pg from "pg";
import { repeated } from "../sql/transaction.ts";
import type { ConnectionSettings, TlsSettings } from "./connection-settings.ts";
import { toFailure } from "./failures.ts";
import { checkServer } from "./server-check.ts";
import { beginSession, type ServerFacts, type SessionLimits } from "./session.ts";
import { tlsOptions } from "./tls.ts";

const CONNECT_MS = 5_000;

/** How to connect to the database. @throws the error of `pg`, or an OpeningRefused with one sentence */
export async function probe(settings: ConnectionSettings, password: string | undefined, limits: SessionLimits): Promise<pg.ClientConfig> {
  const connection = (ssl: false | ConnectionOptions): pg.ClientConfig => ({
    host: settings.host,
    port: settings.port,
    user: settings.user,
    database: settings.database,
    application_name: settings.applicationName,
    // A function: as a text, it would be in every dump of a client. Without one, `pg` would look for a password itself.
    password: () => password ?? "",
    ssl,
    enableChannelBinding: true,
  });
  for (const ssl of await tlsAttempts(settings.tls)) {
    try {
      const facts = await repeated(() => look(connection(ssl), limits));
      checkServer(facts);
      return connection(ssl);
    } catch (error) {
      if (ssl === false || settings.tls.mode !== "prefer" || !offersNoTls(error)) throw error;
    }
  }
  throw new Error("unreachable: the last attempt throws or returns");
}

/** `prefer` takes TLS if the server offers it. */
async function tlsAttempts(tls: TlsSettings): Promise<readonly (false | ConnectionOptions)[]> {
  const options = await tlsOptions(tls);
  return tls.mode === "prefer" ? [options, false] : [options];
}

function offersNoTls(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("The server does not support SSL");
}

async function look(connection: pg.ClientConfig, limits: SessionLimits): Promise<ServerFacts> {
  const client = new pg.Client({ ...connection, connectionTimeoutMillis: CONNECT_MS });
  try {
    await client.connect();
    return await beginSession(client, limits);
  } catch (error) {
    throw toFailure(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}
