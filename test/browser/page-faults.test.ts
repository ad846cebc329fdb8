/** A test fails when its page did what pages must not do: each kind of it, done by a page on purpose. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { axe } from "../support/axe.ts";
import { launchChromium } from "../support/chromium.ts";
import { type PageFaults, watchFaults } from "../support/page-faults.ts";
import { secret } from "../support/root.ts";
import { forgettingSecrets, rememberSecrets, secretIn } from "../support/shown-secrets.ts";

const POLICY = "default-src 'none'; script-src 'self'; connect-src *; img-src * data:";
const KEY = "kw_test_Aq3bC5dE7fG9hI1jK3lM5nO7pQ9rS1tU3vW5xY7zA9b_012345";
const pages: Record<string, string> = {
  "/quiet.js": "console.log('all is well'); console.warn('or nearly'); void fetch('/keys').then((response) => response.json());",
  "/foreign.js": "void fetch('http://127.0.0.2:9/').catch(() => undefined);",
  "/socket.js": "new WebSocket('ws://127.0.0.2:9/');",
  "/console.js": "console.error('something is wrong');",
  "/missing.js": "void fetch('/nothing');",
  "/thrown.js": "setTimeout(() => { throw new Error('nobody caught this'); });",
  "/rejected.js": "void Promise.reject(new Error('nobody awaited this'));",
  "/policy.js": "const style = document.createElement('style'); style.textContent = 'p { color: red }'; document.head.append(style);",
  "/inline.js": 'document.body.innerHTML = \'<img src="/nothing-here" onerror="globalThis.wasRun = true">\';',
  "/secret.js": `console.error('made ${KEY}');`,
};

let url = "";
let browser: Browser;
const server = createServer((request, response) => {
  const { pathname, search } = new URL(request.url ?? "/", "http://own.invalid");
  const script = pages[pathname];
  if (script !== undefined) return response.writeHead(200, { "content-type": "text/javascript" }).end(script);
  if (pathname === "/keys")
    return response.writeHead(201, { "content-type": "application/json" }).end(JSON.stringify({ id: "key_1", key: KEY }));
  if (pathname !== "/") return response.writeHead(404).end();
  const body = `<main><h1>Test</h1><p>${KEY}</p><input aria-label="Key" value="${KEY}"></main>`;
  response
    .writeHead(200, { "content-type": "text/html", "content-security-policy": POLICY })
    .end(
      `<!doctype html><html lang="en"><title>Test</title><link rel="icon" href="data:,"><body>${body}<script src="${search.slice(1)}"></script>`,
    );
});
beforeAll(async () => {
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await launchChromium();
});
afterAll(async () => {
  await browser.close();
  server.close();
});

async function open(prepare: (context: BrowserContext) => unknown = () => undefined): Promise<Page> {
  const context = await browser.newContext();
  onTestFinished(() => context.close());
  await prepare(context);
  return context.newPage();
}

/** The faults of a page with this script. */
async function watched(script: string): Promise<PageFaults> {
  const context = await browser.newContext();
  onTestFinished(() => context.close());
  const faults = await watchFaults(context, [new URL(url).host]);
  const page = await context.newPage();
  await page.goto(`${url}/?${script}`, { waitUntil: "load" });
  return faults;
}

describe("a page's fault is a fault of its test", () => {
  // biome-ignore format: a table
  test.each([
    ["a request to another host",       "/foreign.js",  /^request to another host: http:\/\/127\.0\.0\.2:9\//],
    ["a socket to another host",        "/socket.js",   /^request to another host: ws:\/\/127\.0\.0\.2:9\//],
    ["an error in the console",         "/console.js",  /^console error: something is wrong/],
    ["an error response",               "/missing.js",  /^console error: Failed to load resource: .*404/],
    ["an exception that nobody caught", "/thrown.js",   /^uncaught exception: nobody caught this/],
    ["a rejection that nobody awaited", "/rejected.js", /^uncaught exception: nobody awaited this/],
    ["a style that the policy forbids", "/policy.js",   /^content security policy: style-src-elem blocked inline/],
    ["a handler in markup",             "/inline.js",   /^content security policy: script-src-attr blocked inline/],
  ])("%s", async (_sentence, script, fault) => {
    const faults = await watched(script);
    await expect.poll(() => faults.all()).toContainEqual(expect.stringMatching(fault));
  });

  test("a page without faults has none", async () => expect((await watched("/quiet.js")).all()).toEqual([]));

  test("what was announced is none, and must come", async () => {
    const faults = await watched("/console.js");
    await expect.poll(() => faults.all()).toHaveLength(1);
    faults.announce(/something is wrong/);
    expect(faults.all()).toEqual([]);
    faults.announce(/something else/);
    expect(faults.all()).toEqual(["announced, and never came: /something else/"]);
  });

  test("its sentence holds no secret", async () => {
    secret(KEY);
    const faults = await watched("/secret.js");
    await expect.poll(() => faults.all()).toEqual([expect.stringMatching(/^console error: made \[secret\] /)]);
  });
});

describe("secrets that a browser shows", () => {
  test("are read from texts and inputs", async () => {
    const page = await open();
    await page.goto(`${url}/?/quiet.js`);
    expect(await secretIn(page.locator("p"))).toBe(KEY);
    expect(await secretIn(page.getByLabel("Key"))).toBe(KEY);
  });

  test("are remembered from responses", async () => {
    let read = () => Promise.resolve();
    const page = await open((context) => (read = rememberSecrets(context)));
    await page.goto(`${url}/?/quiet.js`);
    await page.waitForLoadState("networkidle");
    await read();
    expect(forgettingSecrets(`made ${KEY}.`)).toBe("made [secret].");
  });

  test("are masked in what a failure leaves, known or not, and ids are not", () => {
    expect(forgettingSecrets("sk_0123456789012345678901234567890123456789")).toBe("[secret]");
    expect(forgettingSecrets("key_01jd3f6k8m0p2r4t6v8x0z2b4d")).toBe("key_01jd3f6k8m0p2r4t6v8x0z2b4d");
  });
});

test("axe says which element is at fault and why", async () => {
  const page = await open();
  await page.goto(`${url}/?/quiet.js`);
  await axe(page);
  await page.evaluate("document.querySelector('input').removeAttribute('aria-label')");
  await expect(axe(page)).rejects.toThrow(/critical: Form elements must have labels \(label\)\s+input: .*\s+<input/);
});
