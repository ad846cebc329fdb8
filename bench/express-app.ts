/** An Express application with one route: bare, behind the library, or behind a Keyward elsewhere. */
import type { AddressInfo } from "node:net";
import express from "express";
import { protect } from "../adapters/express.ts";
import { keyward, platforms } from "../index.ts";
import { keywardAt } from "../sdk/index.ts";
import { openSqlite } from "../stores/sqlite/open.ts";
import { givenOptions, say } from "./slices.ts";

export type ExpressAppOptions =
  | { readonly behind: "nothing" }
  | { readonly behind: "library"; readonly directory: string; readonly secret: string }
  | { readonly behind: "elsewhere"; readonly url: string; readonly token: string };

const options = givenOptions<ExpressAppOptions>();

const app = express();
const respond: express.RequestHandler = (_request, response) => void response.json({ agents: [] });

if (options.behind === "nothing") app.get("/agents", respond);
else if (options.behind === "library") {
  const { store } = await openSqlite({ directory: options.directory });
  app.get("/agents", protect(await keyward({ platform: platforms.keyward, store, secret: options.secret })), respond);
} else app.get("/agents", protect(keywardAt({ url: options.url, token: options.token })), respond);

process.on("disconnect", () => process.exit());
const server = app.listen(0, "127.0.0.1", () => say({ port: (server.address() as AddressInfo).port }));
server.keepAliveTimeout = 65_000;
