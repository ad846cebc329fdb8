/** A context that is used again is as empty as a new one. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newPage } from "../support/browser.ts";
import { DESKTOP, SMALLEST_PHONE } from "../support/viewports.ts";

const site = { url: "" };
let asked = 0;
const server = createServer((request, response) => {
  if (request.url === "/cached.js") {
    asked++;
    return response.writeHead(200, { "content-type": "text/javascript", "cache-control": "max-age=3600, immutable" }).end("");
  }
  if (request.url === "/worker.js")
    return response.writeHead(200, { "content-type": "text/javascript" }).end("addEventListener('fetch', () => undefined)");
  return response
    .writeHead(200, { "content-type": "text/html" })
    .end('<!doctype html><html lang="en"><title>Test</title><link rel="icon" href="data:,"><script src="/cached.js"></script>');
});
beforeAll(async () => {
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  site.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** Everything that a page can leave behind, and everything that can be found of it. */
const LEAVE = `(async () => {
  document.cookie = "left=1; max-age=3600";
  localStorage.left = sessionStorage.left = "1";
  globalThis.left = window.name = "1";
  await (await caches.open("left")).put("/left", new Response("left"));
  await new Promise((done, failed) => Object.assign(indexedDB.open("left"), { onsuccess: ({ target }) => done(target.result.close()), onerror: failed }));
  const root = await navigator.storage.getDirectory();
  await root.getFileHandle("left", { create: true });
  await navigator.serviceWorker.register("/worker.js");
  await navigator.serviceWorker.ready;
})()`;
const FIND = `(async () => ({
  cookie: document.cookie,
  stored: localStorage.length + sessionStorage.length,
  script: String(globalThis.left) + window.name,
  caches: await caches.keys(),
  databases: await indexedDB.databases(),
  files: await Array.fromAsync((await navigator.storage.getDirectory()).keys()),
  workers: (await navigator.serviceWorker.getRegistrations()).length,
  isOnline: navigator.onLine,
  size: [innerWidth, innerHeight],
  isDark: matchMedia("(prefers-color-scheme: dark)").matches,
  reads: (await navigator.permissions.query({ name: "clipboard-read" })).state,
  location: (await navigator.permissions.query({ name: "geolocation" })).state,
  history: history.length,
  hasBinding: "leftBinding" in globalThis,
}))()`;

let before: unknown;
let used: unknown;

test("what the first test finds, and all that it leaves", async () => {
  const page = await newPage(site);
  const context = page.context();
  used = context;
  await page.goto("/");
  before = await page.evaluate(FIND);
  expect(before).toMatchObject({ cookie: "", stored: 0, isOnline: true, size: [DESKTOP.width, DESKTOP.height] });
  await page.evaluate(LEAVE);
  expect(await page.evaluate(FIND)).toMatchObject({ cookie: "left=1", stored: 2, caches: ["left"], files: ["left"], workers: 1 });
  await context.grantPermissions(["geolocation", "clipboard-read"]);
  await context.route("**/routed", (route) => route.fulfill({ body: "left" }));
  await page.route("**/*", (route) => route.continue());
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize(SMALLEST_PHONE);
  await page.exposeBinding("leftBinding", () => undefined);
  await (await context.newPage()).goto("/other");
  await context.setOffline(true);
});

test("the second test has the same context, and finds in it what the first one found", async () => {
  const askedBefore = asked;
  const page = await newPage(site);
  expect(page.context()).toBe(used);
  await page.goto("/");
  expect(await page.evaluate(FIND)).toEqual(before);
  expect(asked, "nothing comes from the cache").toBe(askedBefore + 1);
  expect(await page.evaluate<string>("fetch('/routed').then((response) => response.text())")).not.toBe("left");
});

test("of two pages at once, neither sees what is the other's", async () => {
  const [one, other] = [await newPage(site), await newPage(site)];
  expect(one.context()).not.toBe(other.context());
  for (const page of [one, other]) await page.goto("/");
  await one.evaluate(LEAVE);
  expect(await other.evaluate(FIND)).toEqual(before);
});

test("another kind of page has another context", async () => {
  const page = await newPage(site, { colorScheme: "dark", locale: "de-DE" });
  expect(page.context()).not.toBe(used);
  await page.goto("/");
  expect(await page.evaluate("[matchMedia('(prefers-color-scheme: dark)').matches, navigator.language]")).toEqual([true, "de-DE"]);
});
