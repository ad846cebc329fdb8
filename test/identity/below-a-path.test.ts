/** Keyward below a path of somebody else's origin, behind a reverse proxy: whatever leads a browser anywhere keeps the path. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, onTestFinished, test } from "vitest";
import { readBaseUrl, withPrefix } from "../../http/base-url.ts";
import { smallBuild } from "../support/dashboard.ts";
import { Browser, identityProvider, PASSWORD, peopleServer } from "../support/people.ts";
import { secret, traceDirectory } from "../support/root.ts";
import { call } from "../support/server.ts";
import { subPathProxy } from "../support/sub-path-proxy.ts";

/** A server at `<origin>/keys` of a proxy, and a browser there. */
async function belowAPath(strips: boolean, env: Record<string, string> = {}) {
  const { state, origin } = await subPathProxy({ strips });
  const server = await peopleServer({ ...env, KEYWARD_BASE_URL: `${origin}/keys` }, { dashboardDirectory: smallBuild() });
  state.target = server.url;
  return { server, origin, state, browser: () => new Browser(origin) };
}

describe.each([
  ["a proxy that takes the path away", true],
  ["a proxy that leaves the path on", false],
])("behind %s", (_how, strips) => {
  test("the page, its assets and the way to it are below the path", async () => {
    const { browser } = await belowAPath(strips);
    const visitor = browser();
    for (const path of ["/keys", "/keys/", "/keys/keyward"])
      expect((await visitor.send("GET", path, undefined, { accept: "text/html" })).headers.get("location")).toBe("/keys/keyward/");
    for (const path of ["/keys/keyward/", "/keys/org/x/settings/api-keys", "/keys/keyward/sign-in?next=%2Forg"]) {
      const page = await visitor.send("GET", path);
      expect([page.status, page.text]).toEqual([200, expect.stringContaining('<head><base href="/keys/">')]);
    }
    expect((await visitor.send("GET", "/keys/keyward/assets/app-1.js")).status).toBe(200);
    expect((await visitor.send("GET", "/keys/keyward/openapi.json")).json.servers).toEqual([{ url: "/keys" }]);
  });

  test("a password signs in, with a cookie for that path alone, and the session manages keys and ends", async () => {
    const { browser, origin } = await belowAPath(strips);
    const ada = browser();
    const made = await ada.send("POST", "/keys/keyward/auth/sign-up/email", { name: "Ada", email: "ada@example.com", password: PASSWORD });
    expect(made.status).toBe(204);
    expect(made.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^keyward\.session_token=[^;]+; Max-Age=604800; Path=\/keys\/keyward; HttpOnly; SameSite=Lax$/),
      expect.stringMatching(/^keyward\.device=[^;]+; Max-Age=15552000; Path=\/keys\/keyward; HttpOnly; SameSite=Lax$/),
    ]);
    const again = browser();
    expect((await again.send("POST", "/keys/keyward/auth/sign-in/email", { email: "ada@example.com", password: PASSWORD })).status).toBe(
      204,
    );
    const { organizations } = (await again.send("GET", "/keys/keyward/v1/session")).json;
    const keys = `/keys/keyward/v1/organizations/${organizations[0].id}/keys`;
    const created = await again.send("POST", keys, { name: "first" });
    expect([created.status, secret(created.json.key)]).toEqual([201, expect.any(String)]);
    expect((await again.send("POST", keys, {}, { origin: "http://evil.example" })).status).toBe(403);
    const { link } = (await again.send("POST", `/keys/keyward/v1/organizations/${organizations[0].id}/invitations`, { role: "member" }))
      .json;
    expect(secret(link)).toMatch(new RegExp(`^${origin}/keys/keyward/invitation#`));
    const ended = await again.send("DELETE", "/keys/keyward/v1/session");
    expect(ended.headers.getSetCookie()).toEqual([expect.stringMatching(/; Path=\/keys\/keyward;/)]);
    expect(again.isSignedIn).toBe(false);
  });

  test.each(["github", "oidc"])("%s signs in, and leads back to the page below the path", async (provider) => {
    const { env } = await identityProvider();
    const { browser, origin } = await belowAPath(strips, env);
    const ada = browser();
    const begun = await ada.send("POST", "/keys/keyward/auth/sign-in/social", { provider, callbackURL: "/org/mine?new=1" });
    expect(new URL(begun.json.url).searchParams.get("redirect_uri")).toBe(`${origin}/keys/keyward/auth/callback/${provider}`);
    const authorized = await fetch(begun.json.url, { redirect: "manual" });
    const back = await ada.send("GET", authorized.headers.get("location")!);
    expect([back.status, back.headers.get("location")]).toEqual([303, "/keys/org/mine?new=1"]);
    expect((await ada.send("GET", "/keys/keyward/v1/session")).json.user.name).toBe("Ada");
  });

  test("a failure in the callback leads to the sign-in page below the path", async () => {
    const { env } = await identityProvider();
    const { browser, origin } = await belowAPath(strips, env);
    const ada = browser();
    const begun = await ada.send("POST", "/keys/keyward/auth/sign-in/social", { provider: "github" });
    const callback = new URL((await fetch(begun.json.url, { redirect: "manual" })).headers.get("location")!);
    callback.searchParams.set("state", "another");
    for (const path of [callback.href, "/keys/keyward/sign-in?code=wrong"]) {
      const back = await ada.send("GET", path, undefined, { accept: "text/html" });
      const location = new URL(back.headers.get("location")!, origin);
      expect([back.status, location.origin, location.pathname, location.search]).toEqual([
        303,
        origin,
        "/keys/keyward/sign-in",
        expect.stringMatching(/^\?error=[a-z_]+$/),
      ]);
    }
    expect(ada.isSignedIn).toBe(false);
  });
});

test("the operator's link is below the path, and leads to the dashboard there", async () => {
  const { state, origin } = await subPathProxy({ strips: true });
  // A process of its own, because the link is said on standard error.
  const script = `
    const { serve } = await import(${JSON.stringify(join(import.meta.dirname, "../../server.ts"))});
    const { url } = await serve({ platform: "keyward", port: 0, host: "127.0.0.1", dataDirectory: ${JSON.stringify(traceDirectory("below"))} }, { KEYWARD_BASE_URL: "${origin}/keys/" });
    console.error("listening on " + url);`;
  const child = spawn(process.execPath, ["-e", `(async () => { ${script} })()`], { stdio: ["ignore", "ignore", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let link = "";
  for await (const line of createInterface(child.stderr)) {
    link ||= /https?:\S+sign-in\?code=\S+/.exec(line)?.[0] ?? "";
    state.target = /^listening on (\S+)/.exec(line)?.[1] ?? "";
    if (state.target !== "") break;
  }
  expect(secret(link)).toMatch(new RegExp(`^${origin}/keys/keyward/sign-in\\?code=`));
  const operator = new Browser(origin);
  expect((await operator.send("GET", link, undefined, { accept: "text/html" })).headers.get("location")).toBe(`${origin}/keys/keyward/`);
  expect((await operator.send("GET", "/keys/keyward/v1/session")).json.isOperator).toBe(true);
  const used = await operator.send("GET", link, undefined, { accept: "text/html,application/xhtml+xml" });
  expect([used.status, used.headers.get("location")]).toEqual([303, "/keys/keyward/sign-in?error=invalid_credential"]);
});

test.each<[string, string, number | string]>([
  ["without a response", "", 502],
  ["in the middle of a response", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this", "terminated"],
])("the proxy of these tests goes on when its target ends %s", async (_when, bytes, seen) => {
  const { state, origin } = await subPathProxy({ strips: true });
  const target = createServer((socket) => void socket.on("error", () => undefined).once("data", () => socket.end(bytes))).listen(
    0,
    "127.0.0.1",
  );
  onTestFinished(() => void target.close());
  await once(target, "listening");
  state.target = `http://127.0.0.1:${(target.address() as AddressInfo).port}`;
  const told = await fetch(`${origin}/keys/`)
    .then((response) => response.text().then(() => response.status))
    .catch((error: Error) => error.message);
  expect(told).toBe(seen);
});

test("no path but the configured one is taken away", async () => {
  const server = await peopleServer({ KEYWARD_BASE_URL: "http://127.0.0.1/keys" });
  for (const path of [
    "/key/keyward/health",
    "/keysx/keyward/health",
    "/keys%2fkeyward/health",
    "/keys/keys/keyward/health",
    "/KEYS/keyward/health",
  ])
    expect([path, (await call(server.url + path)).status]).toEqual([path, 404]);
  for (const path of ["/keyward/health", "/keys/keyward/health"]) expect((await call(server.url + path)).status).toBe(200);
});

test.each([
  ["/org/x?a=1#b", "/keys/org/x?a=1#b"],
  ["/keys/org/x?a=1#b", "/keys/org/x?a=1#b"],
  ["/keys", "/keys"],
  ["/keysx", "/keys/keysx"],
  ["/keys/../other", "/keys/other"],
  ["/keys/%2e%2e/other", "/keys/other"],
  ["/../../other", "/keys/other"],
  ["/.//evil.example", "/keys//evil.example"],
  ["/keys/..//evil.example", "/keys//evil.example"],
])("to a browser %s is %s", (path, seen) => expect(withPrefix("/keys", path)).toBe(seen));

describe("KEYWARD_BASE_URL", () => {
  const own = ["/keyward", "/org", "/api/v1/agents"];

  test.each([
    ["https://keys.example.com", "https://keys.example.com"],
    ["https://keys.example.com/", "https://keys.example.com"],
    ["https://example.com/keys", "https://example.com/keys"],
    ["https://example.com/keys/", "https://example.com/keys"],
    ["http://127.0.0.1:8080/a/b-c_d.e~f", "http://127.0.0.1:8080/a/b-c_d.e~f"],
    ["https://example.com/keywards", "https://example.com/keywards"],
    ["https://example.com/a/../keys", "https://example.com/keys"],
  ])("%s is taken", (text, read) => expect(readBaseUrl(text, own)).toBe(read));

  test.each([
    "",
    "keys.example.com",
    "ftp://example.com",
    "https://example.com/?",
    "https://example.com/#",
    "https://example.com/?a=1",
    "https://a:b@example.com",
    "https://example.com//keys",
    "https://example.com/a//b",
    'https://example.com/a"b',
    "https://example.com/<b>",
    "https://example.com/a;b",
    "https://example.com/a%2fb",
    "https://example.com/a b",
    "https://example.com/ä",
  ])("%j is refused", (text) => expect(() => readBaseUrl(text, own)).toThrow(/^KEYWARD_BASE_URL must be an http or https URL/));

  test.each([
    "https://example.com/keyward",
    "https://example.com/org",
    "https://example.com/org/keys",
    "https://example.com/api",
    "https://example.com/api/v1",
  ])("%s is refused, since Keyward's own paths begin so", (text) =>
    expect(() => readBaseUrl(text, own)).toThrow(/^KEYWARD_BASE_URL cannot have the path \/\S+: Keyward itself serves \/\S+ below it$/),
  );
});
