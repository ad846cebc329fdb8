/** An Express application with one route: bare, behind the library, or behind a Keyward elsewhere. */
import type { AddressInfo } from "node:net";
import express from "express";
import { protect } from "../adapters/express.ts";
import type { AdmissionPort } from "../admission/port.ts";
import { keyward, platforms } from "../index.ts";
import { keywardAt } from "../sdk/index.ts";
import { openSqlite } from "../stores/sqlite/open.ts";
import { type FromChild, givenOptions, say } from "./slices.ts";

export type ExpressAppOptions =
  | { readonly behind: "nothing" }
  | { readonly behind: "library"; readonly directory: string; readonly keys: number }
  | { readonly behind: "elsewhere"; readonly url: string; readonly token: string };

const options = givenOptions<ExpressAppOptions>();

async function openLibrary(directory: string, count: number): Promise<{ port: AdmissionPort; keys: readonly string[] }> {
  const { store } = await openSqlite({ directory });
  const kw = await keyward({ platform: platforms.keyward, store, secret: "a secret of the benchmark's own, long enough" });
  const organization = await kw.organizations.create({ name: "Bench" }, "operator");
  if (!organization.ok) throw new Error(organization.problem.detail);
  const create = async () => {
    const created = await kw.keys.create(organization.value.id, { limits: { requestsPerMinute: 1_000_000_000 } }, "operator");
    if (!created.ok || created.value.shown === undefined || !("key" in created.value.shown)) throw new Error("no key was created");
    return created.value.shown.key;
  };
  return { port: kw, keys: await Promise.all(Array.from({ length: count }, create)) };
}

const app = express();
let ready: FromChild = {};
const respond: express.RequestHandler = (_request, response) => void response.json({ agents: [] });

if (options.behind === "nothing") app.get("/agents", respond);
else if (options.behind === "library") {
  const { port, keys } = await openLibrary(options.directory, options.keys);
  app.get("/agents", protect(port), respond);
  ready = { keys };
} else app.get("/agents", protect(keywardAt({ url: options.url, token: options.token })), respond);

process.on("disconnect", () => process.exit());
const server = app.listen(0, "127.0.0.1", () => say({ ...ready, port: (server.address() as AddressInfo).port }));
server.keepAliveTimeout = 65_000;
