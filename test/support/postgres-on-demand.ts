/**
 * One PostgreSQL for the whole test run, as vitest's global setup: it starts when a test asks for the first time, and ends with the run. The
 * write-ahead log is among the traces, so that the canary searches what the tests have written.
 */
import { type AddressInfo, createServer } from "node:net";
import type { TestProject } from "vitest/node";
import { type PostgresServer, serverDirectory, startPostgres } from "./postgres-server.ts";
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
    return startPostgres({ directory: serverDirectory(ROOT), walDirectory: serverDirectory(TRACES) });
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
