/**
 * One PostgreSQL for the whole test run, as vitest's global setup: it starts when a test asks for the first time, and ends with the run. The
 * write-ahead log is among the traces, so that the canary searches what the tests have written.
 */
import { chmodSync, mkdirSync, mkdtempSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { type PostgresServer, startPostgres } from "./postgres-server.ts";
import { ROOT, TRACES } from "./root.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** A connection to this port of 127.0.0.1 receives the URL of the server. */
    readonly postgresPort: number;
  }
}

export default async function offerPostgres(project: TestProject): Promise<() => Promise<void>> {
  let started: Promise<PostgresServer> | undefined;
  const start = () => {
    // The user that PostgreSQL runs as under root must get through to its files.
    for (const each of [ROOT, TRACES]) chmodSync(each, 0o711);
    const walDirectory = join(TRACES, "postgres");
    mkdirSync(walDirectory, { recursive: true });
    return startPostgres({ directory: mkdtempSync(join(ROOT, "postgres-")), walDirectory });
  };
  const offer = createServer((socket) => {
    socket.on("error", () => undefined);
    started ??= start();
    started.then(
      ({ url }) => socket.end(url),
      (error: Error) => socket.end(`error: ${error.message}`),
    );
  });
  await new Promise<void>((resolve) => offer.listen(0, "127.0.0.1", resolve));
  offer.unref();
  project.provide("postgresPort", (offer.address() as AddressInfo).port);
  return async () => {
    offer.close();
    await (await started?.catch(() => undefined))?.stop();
  };
}
