/** `npm run postgres`: a PostgreSQL to try several nodes with. It prints its URL, runs until Ctrl-C, and leaves nothing behind. */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPostgres } from "./postgres-server.ts";

const directory = mkdtempSync(join(tmpdir(), "keyward-postgres-"));
// It does not run as root, but as a user who must get here.
chmodSync(directory, 0o755);
const end = Promise.withResolvers<void>();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => end.resolve());
const running = setInterval(() => undefined, 1_000_000);
try {
  const server = await startPostgres({ directory });
  console.log(`export KEYWARD_DATABASE_URL='${server.url}'`);
  await end.promise;
  await server.stop();
} finally {
  clearInterval(running);
  rmSync(directory, { recursive: true, force: true });
}
