/**
 * Better Auth's API-key plugin, as its documentation sets it up: SQLite in WAL mode through better-sqlite3 (whose default there is
 * synchronous=NORMAL: faster than ours, and left so), rate limiting on as by default, with a limit that nothing here reaches. It verifies
 * in process, a hundred keys in turn, and behind a bare node:http handler, for its verification has no route of its own.
 * Not TypeScript: the type check passes where this folder's dependencies are not installed.
 */
import { createServer } from "node:http";
import { join } from "node:path";
import { apiKey } from "@better-auth/api-key";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import Database from "better-sqlite3";
import { givenOptions, serveSlices } from "./slices.ts";

const { directory, keys: size } = givenOptions();
const database = new Database(join(directory, "better-auth.db"));
database.pragma("journal_mode = WAL");
const options = {
  database,
  baseURL: "http://127.0.0.1",
  secret: "a secret that only the benchmark has",
  telemetry: { enabled: false },
  emailAndPassword: { enabled: true },
  plugins: [apiKey({ rateLimit: { enabled: true, timeWindow: 60_000, maxRequests: 1_000_000_000 } })],
};
await (await getMigrations(options)).runMigrations();
const auth = betterAuth(options);
const { user } = await auth.api.signUpEmail({ body: { email: "bench@example.com", password: "a long password", name: "Bench" } });
const keys = [];
while (keys.length < size) keys.push((await auth.api.createApiKey({ body: { userId: user.id, name: "bench" } })).key);

const server = createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", async () => {
    const { key } = JSON.parse(Buffer.concat(chunks).toString("utf8"));
    const body = JSON.stringify(await auth.api.verifyApiKey({ body: { key } }));
    response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
    response.end(body);
  });
});
server.listen(0, "127.0.0.1", () => {
  let next = 0;
  serveSlices(
    async (milliseconds) => {
      const until = performance.now() + milliseconds;
      let done = 0;
      for (; performance.now() < until; done++) {
        const { valid } = await auth.api.verifyApiKey({ body: { key: keys[next++ % keys.length] } });
        if (!valid) throw new Error("Better Auth refused a key");
      }
      return done;
    },
    { port: server.address().port, keys },
  );
});
