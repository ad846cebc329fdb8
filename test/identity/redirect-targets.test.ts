/** Where signing in leads in the end: to a page of this server, however the target is written and however a browser reads it. */
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ownTarget } from "../../http/base-url.ts";
import { pathPrefix } from "../../identity/paths.ts";
import { codePoint } from "../support/code-points.ts";
import { Browser, identityProvider, peopleServer } from "../support/people.ts";

const BASES = ["http://127.0.0.1:4000", "https://keys.example.com", "https://example.com/keys", "https://example.com/a/b"];

/** What parsers disagree about: slashes, dots and spaces in every spelling, user information, schemes, hosts. */
const piece = fc.constantFrom(
  "/",
  "//",
  "/",
  "\\",
  "%2f",
  "%2F",
  "%5c",
  ".",
  "..",
  "/./",
  "/../",
  "%2e",
  "%2E%2e",
  ".%2E",
  "\t",
  "\n",
  "\r",
  "%09",
  "%0a",
  " ",
  "\u0000",
  "@",
  ":",
  "https:",
  "http://",
  "javascript:",
  "evil.test",
  "evil.test/login",
  "a:b@evil.test",
  "keyward",
  "keys",
  "org",
  "a",
  "?",
  "#",
  "?next=//evil.test",
  "é",
  "\uff0f",
  "\u3002",
  "\u200b",
  "\u2028",
  "\ud800",
  ";",
  "%",
  "[::1]",
  ":80",
);
const target = fc.oneof(
  fc.array(piece, { maxLength: 10 }).map((pieces) => pieces.join("")),
  fc.array(piece, { maxLength: 10 }).map((pieces) => `/${pieces.join("")}`),
  fc.string({ unit: codePoint, maxLength: 20 }).map((text) => `/${text}`),
);

test.each(BASES)(
  "any target below %s is refused, or a browser ends up at this origin, below the path, wherever the redirect comes from",
  (baseUrl) => {
    const { origin } = new URL(baseUrl);
    const prefix = pathPrefix(baseUrl);
    fc.assert(
      fc.property(target, (drawn) => {
        const path = ownTarget(baseUrl, drawn);
        if (path === undefined) return;
        for (const issuer of [`${baseUrl}/keyward/auth/callback/github`, `${baseUrl}/keyward/sign-in`, `${origin}/`, baseUrl]) {
          const end = new URL(path, issuer);
          expect([end.origin, end.href]).toEqual([origin, origin + path]);
          expect(prefix === "" || end.pathname === prefix || end.pathname.startsWith(`${prefix}/`), path).toBe(true);
        }
        expect(ownTarget(baseUrl, path)).toBe(path);
      }),
      { numRuns: 3_000 },
    );
  },
);

// biome-ignore format: a table
test.each([
  ["a path",                            "/keyward/account",          "/keyward/account"],
  ["a query and a fragment",            "/keyward/keys?new=1#top",   "/keyward/keys?new=1#top"],
  ["another address in the query",      "/keyward/?next=//evil.test", "/keyward/?next=//evil.test"],
  ["dots within",                       "/keyward/./x/../account",   "/keyward/account"],
  ["dots that lead above the root",     "/../../org",                "/org"],
  ["letters that are not ASCII",        "/org/é",                    "/org/%C3%A9"],
])("%s is taken", (_what, text, path) => {
  expect(ownTarget("https://example.com", text)).toBe(path);
  expect(ownTarget("https://example.com/keys", text)).toBe(`/keys${path}`);
});

test.each([
  "/.//evil.test/login",
  "/keyward/..//evil.com",
  "/%2e//evil.test",
  "/keyward/%2e%2E//evil.test",
  "/..//evil.test",
  "/a/b/../..//evil.test",
  "/.//a:b@evil.test",
  "/./\u200b/../..//evil.test",
  "/%2f/evil.test",
  "/keyward/%5Cevil.test",
])("%j, which a browser or a proxy may read as another host, is refused before anything is begun", async (text) => {
  const { env } = await identityProvider();
  const server = await peopleServer(env);
  const browser = new Browser(server.url);
  for (const field of ["callbackURL", "errorCallbackURL"]) {
    const reply = await browser.send("POST", "/keyward/auth/sign-in/social", { provider: "github", [field]: text });
    expect([reply.status, reply.json.errors?.[0]?.field]).toEqual([400, field]);
  }
  expect(browser.cookies.size).toBe(0);
});

test.each(["", "/keys"])(
  "whatever was asked for, a callback at the path %j leads a browser to this origin, after success and after failure",
  async (path) => {
    const { env } = await identityProvider();
    const server = await peopleServer(path === "" ? env : { ...env, KEYWARD_BASE_URL: `http://127.0.0.1:4000${path}` });
    const origin = path === "" ? server.url : "http://127.0.0.1:4000";
    await fc.assert(
      fc.asyncProperty(target, target, fc.boolean(), async (callbackURL, errorCallbackURL, agrees) => {
        const browser = new Browser(server.url);
        // What comes from our pages at their own address.
        const begun = await browser.send(
          "POST",
          "/keyward/auth/sign-in/social",
          { provider: "github", callbackURL, errorCallbackURL },
          { origin },
        );
        if (begun.status === 400) return;
        const callback = new URL((await fetch(begun.json.url, { redirect: "manual" })).headers.get("location") ?? "");
        if (!agrees) callback.searchParams.set("error", "access_denied");
        const back = await browser.send("GET", callback.pathname + callback.search);
        const end = new URL(back.headers.get("location") ?? "", callback);
        expect([back.status, end.origin, end.pathname === path || end.pathname.startsWith(`${path}/`)]).toEqual([303, origin, true]);
      }),
      {
        numRuns: 60,
        examples: [
          ["/.//evil.test", "/keyward/..//evil.test", false],
          ["/keyward/account", "/.//evil.test/login", false],
          ["/org/x", "/keyward/?a=b", true],
        ],
      },
    );
  },
);

test("a target that was changed while it was kept leads to the sign-in page, and not away", async () => {
  const { env } = await identityProvider();
  const server = await peopleServer(env);
  const browser = new Browser(server.url);
  const begun = await browser.send("POST", "/keyward/auth/sign-in/social", { provider: "github", callbackURL: "/keyward/account" });
  const database = new DatabaseSync(`${server.directory}/keyward.db`);
  expect(database.prepare(`update verifications set value = replace(value, '"/keyward/account"', '"//evil.test/"')`).run().changes).toBe(1);
  database.close();
  const callback = (await fetch(begun.json.url, { redirect: "manual" })).headers.get("location")!;
  expect((await browser.send("GET", callback)).headers.get("location")).toBe("/keyward/sign-in?error=sign_in_failed");
});
