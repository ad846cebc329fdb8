/** The dashboard as browsers get it: one page at all of its addresses, assets for ever, and nothing else of the disk. */
import { request as httpRequest } from "node:http";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { describe, expect, onTestFinished, test } from "vitest";
import { preferredEncodings } from "../../../http/encoding.ts";
import { ICON, SCRIPT, smallBuild } from "../../support/dashboard.ts";
import { peopleServer } from "../../support/people.ts";
import { startProcess } from "../../support/server-process.ts";
import { sendRaw } from "../raw-http.ts";
import { Upstream } from "../upstream.ts";

const ORGANIZATION = "org_01m7x8h1w7d3v0e6b9n4k2y5rm";
const PAGES = [
  "/keyward/",
  "/keyward/sign-in",
  "/keyward/sign-in?next=%2Forg&error=x",
  "/keyward/invitation",
  "/keyward/account",
  "/keyward/organizations",
  "/keyward/service-tokens",
  "/org",
  "/org?x=1",
  "/org/",
  `/org/${ORGANIZATION}/settings/api-keys`,
  `/org/${ORGANIZATION}/settings/audit-log?from=2026-11-20`,
  "/org/a%2Fb",
  "/org/..%2f..%2fkeyward",
];

const withDashboard = (env: Record<string, string> = {}, options: { upstreams?: readonly string[]; platform?: string } = {}) =>
  peopleServer(env, { dashboardDirectory: smallBuild(), ...options });
const get = (url: string, headers: readonly string[] = []) =>
  sendRaw(new URL(url).origin, [`GET ${url.slice(new URL(url).origin.length)} HTTP/1.1`, ...headers]);

/** What comes over the wire, neither decoded nor followed. */
function bytes(url: string, headers: Record<string, string>): Promise<{ headers: Record<string, unknown>; body: Buffer }> {
  return new Promise((resolve, reject) => {
    httpRequest(url, { headers }, (response) => {
      const chunks: Buffer[] = [];
      response
        .on("data", (chunk: Buffer) => chunks.push(chunk))
        .on("end", () => resolve({ headers: response.headers, body: Buffer.concat(chunks) }));
    })
      .on("error", reject)
      .end();
  });
}

describe("the page", () => {
  test("is the same at each of its addresses, and begins its head with the base", async () => {
    const { url } = await withDashboard();
    for (const path of PAGES) {
      const page = await get(url + path);
      expect([path, page.status, page.header("content-type")]).toEqual([path, 200, "text/html; charset=utf-8"]);
      expect(page.text).toMatch(
        /^<!doctype html><html><head><base href="\/"><title>Keys<\/title><script type="module" src="\.\/keyward\/assets\/app-1\.js">/,
      );
    }
  });

  test("is not cached, runs only our scripts, is in nobody's frame and tells nobody where it was", async () => {
    const { url } = await withDashboard();
    const { lines } = await get(`${url}/keyward/`);
    const headers = Object.fromEntries(lines);
    expect(headers).toMatchObject({
      "cache-control": "no-store",
      "content-security-policy":
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'self'; frame-ancestors 'none'",
      "referrer-policy": "same-origin",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "cross-origin-opener-policy": "same-origin",
      "permissions-policy": expect.stringMatching(/camera=\(\).*clipboard-write=\(self\)/),
    });
    expect(headers).not.toHaveProperty("strict-transport-security");
  });

  test("leads from this machine's other name to the one that its cookies belong to, with path and query", async () => {
    const { url } = await withDashboard();
    const { port } = new URL(url);
    const asked = async (host: string, path: string) => {
      const { status, header } = await sendRaw(url, [`GET ${path} HTTP/1.1`, `Host: ${host}`]);
      return [status, header("location")];
    };
    expect(await asked(`localhost:${port}`, "/org/x/settings/api-keys?search=a%20b")).toEqual([
      303,
      `${url}/org/x/settings/api-keys?search=a%20b`,
    ]);
    expect(await asked(`localhost:${port}`, "/keyward/sign-in?next=%2Forg")).toEqual([303, `${url}/keyward/sign-in?next=%2Forg`]);
    // The code of the operator's link is not used up on the way.
    expect(await asked(`localhost:${port}`, "/keyward/sign-in?code=abc")).toEqual([303, `${url}/keyward/sign-in?code=abc`]);
    for (const host of [`127.0.0.1:${port}`, "localhost:1", "localhost", `evil.example:${port}`, `localhost.evil.example:${port}`])
      expect([host, ...(await asked(host, "/org"))]).toEqual([host, 200, undefined]);
  });

  test("over https tells browsers to stay there, whatever Host and X-Forwarded-Proto say", async () => {
    const secure = await withDashboard({ KEYWARD_BASE_URL: "https://keys.example.com" });
    expect((await get(`${secure.url}/org`)).header("strict-transport-security")).toBe("max-age=31536000");
    const plain = await withDashboard();
    const page = await get(`${plain.url}/keyward/`, ["Host: evil.example", "X-Forwarded-Host: evil.example", "X-Forwarded-Proto: https"]);
    expect([page.header("strict-transport-security"), page.text.includes("evil")]).toEqual([undefined, false]);
  });

  test("HEAD sends the headers alone", async () => {
    const { url } = await withDashboard();
    for (const path of ["/keyward/", "/keyward/sign-in", "/org/x"]) {
      const [head, page] = [await sendRaw(url, [`HEAD ${path} HTTP/1.1`]), await get(url + path)];
      expect([head.status, head.text, head.header("content-length")]).toEqual([200, "", String(Buffer.byteLength(page.text))]);
    }
  });

  test.each([
    "/keyward/unknown",
    "/keyward/sign-in/",
    "/keyward/accounts",
    "/keyward/account/x",
    "/keyward/v1/unknown",
    "/keyward/auth/unknown",
    "/keyward/Account",
    "/organization",
    "/orgs/x",
    "/index.html",
  ])("%s is no address of it: 404, in the platform's form", async (path) => {
    const { url } = await withDashboard();
    const { status, json } = await get(url + path);
    expect([status, json.code]).toEqual([404, "not_found"]);
  });

  test("a browser at an unknown address of Keyward gets the page, which says so, with status 404", async () => {
    const { url } = await withDashboard();
    const asks = (path: string, method = "GET") => sendRaw(url, [`${method} ${path} HTTP/1.1`, "Accept: text/html,*/*"]);
    const page = (await asks("/keyward/")).text;
    for (const path of ["/keyward/unknown", "/keyward/accounts", "/keyward/account/x", "/keyward/Account", "/keyward/v2/x"]) {
      const { status, text, header } = await asks(path);
      expect([path, status, text, header("content-security-policy")]).toEqual([
        path,
        404,
        page,
        expect.stringContaining("default-src 'none'"),
      ]);
    }
    for (const path of ["/keyward/v1/unknown", "/keyward/auth/unknown", "/keyward/assets/unknown.js", "/unknown", "/orgs/x"])
      expect([path, (await asks(path)).json.code]).toEqual([path, "not_found"]);
    expect((await asks("/keyward/unknown", "POST")).json.code).toBe("not_found");
    const head = await asks("/keyward/unknown", "HEAD");
    expect([head.status, head.header("content-type"), head.text]).toEqual([404, "text/html; charset=utf-8", ""]);
    expect((await asks("/keyward/openapi.json")).status).toBe(200);
  });

  test("a slash too much leads a browser to the page that is meant", async () => {
    const { url } = await withDashboard({ KEYWARD_BASE_URL: "http://127.0.0.1/keys" });
    for (const path of ["/keyward/account", "/keyward/sign-in", "/keyward/organizations"]) {
      const led = await sendRaw(url, [`GET ${path}/?next=%2Forg HTTP/1.1`, "Accept: text/html"]);
      expect([led.status, led.header("location")]).toEqual([303, `/keys${path}?next=%2Forg`]);
    }
    expect((await sendRaw(url, ["GET /keyward//evil.example/ HTTP/1.1", "Accept: text/html"])).status).toBe(404);
  });

  test.each(["/keyward/", "/keyward", "/keyward/account", "/org", "/org/x/settings", "/keyward/assets/app-1.js"])(
    "%s takes no other method: 405, in the platform's form",
    async (path) => {
      const { url } = await withDashboard();
      for (const method of ["POST", "PUT", "DELETE"]) {
        const reply = await sendRaw(url, [`${method} ${path} HTTP/1.1`, "Content-Length: 0"]);
        expect([reply.status, reply.header("allow"), reply.json.code]).toEqual([405, "GET, HEAD", "method_not_allowed"]);
      }
    },
  );
});

describe("assets", () => {
  // biome-ignore format: a table
  test.each([
    ["br, gzip",            "br",   brotliDecompressSync],
    ["gzip, deflate",       "gzip", gunzipSync],
    ["gzip;q=1, br;q=0.5",  "gzip", gunzipSync],
    ["br;q=0, gzip",        "gzip", gunzipSync],
    ["*",                   "br",   brotliDecompressSync],
    ["deflate",             undefined, (body: Buffer) => body],
    ["br;q=0, gzip;q=0",    undefined, (body: Buffer) => body],
    ["",                    undefined, (body: Buffer) => body],
  ])("with Accept-Encoding %j come as %s, and are immutable", async (accepted, encoding, decode) => {
    const { url } = await withDashboard();
    const { headers, body } = await bytes(`${url}/keyward/assets/app-1.js`, { "accept-encoding": accepted });
    expect(headers).toMatchObject({
      "content-type": "text/javascript; charset=utf-8",
      "cache-control": "public, max-age=31536000, immutable",
      vary: "Accept-Encoding",
      "x-content-type-options": "nosniff",
      "content-length": String(body.length),
    });
    expect([headers["content-encoding"], decode(body).toString()]).toEqual([encoding, SCRIPT]);
  });

  test("without a smaller copy come as they are", async () => {
    const { url } = await withDashboard();
    const { headers, body } = await bytes(`${url}/keyward/assets/icon-1.svg`, { "accept-encoding": "br, gzip" });
    expect([headers["content-type"], headers["content-encoding"], headers.vary, body.toString()]).toEqual([
      "image/svg+xml",
      undefined,
      undefined,
      ICON,
    ]);
  });

  test("HEAD sends the headers alone, those of the same encoding", async () => {
    const { url } = await withDashboard();
    const head = await sendRaw(url, ["HEAD /keyward/assets/app-1.js HTTP/1.1", "Accept-Encoding: br"]);
    const { body } = await bytes(`${url}/keyward/assets/app-1.js`, { "accept-encoding": "br" });
    expect([head.status, head.text, head.header("content-encoding"), head.header("content-length")]).toEqual([
      200,
      "",
      "br",
      String(body.length),
    ]);
  });

  test.each([
    "/keyward/assets/",
    "/keyward/assets",
    "/keyward/assets/app-2.js",
    "/keyward/assets/app-1.js.br",
    "/keyward/assets/app-1.js.gz",
    "/keyward/assets/app-1.js/",
    "/keyward/assets/../../index.html",
    "/keyward/assets/..%2f..%2findex.html",
    "/keyward/assets/..%2F..%2Fsecret.txt",
    "/keyward/assets/%2e%2e/%2e%2e/secret.txt",
    "/keyward/assets/..%5c..%5csecret.txt",
    "/keyward/assets/%252e%252e%252fsecret.txt",
    "/keyward/assets//etc/passwd",
    "/keyward/assets/%2fetc%2fpasswd",
    "/keyward/assets/app-1.js%00.svg",
    "/keyward/assets/__proto__",
    "/keyward/assets/constructor",
    "/keyward//assets/app-1.js",
    "/keyward%2fassets%2fapp-1.js",
  ])("%s does not exist, and is not kept by caches", async (path) => {
    const { url } = await withDashboard();
    const { status, text, header } = await get(url + path);
    expect([status, header("cache-control")]).toEqual([404, "no-store"]);
    expect(text).not.toMatch(/not an asset|root:|doctype/);
  });
});

test("the best encoding comes first, and refused ones are left out", () => {
  expect(preferredEncodings("gzip;q=0.2, br;q=0.1")).toEqual(["gzip", "br"]);
  expect(preferredEncodings("gzip, br")).toEqual(["br", "gzip"]);
  expect(preferredEncodings("BR ; Q=1")).toEqual(["br"]);
  expect(preferredEncodings("*;q=0, gzip;q=x")).toEqual([]);
  expect(preferredEncodings(null)).toEqual([]);
});

describe("where it begins", () => {
  test("the root and /keyward lead browsers to it", async () => {
    const { url } = await withDashboard();
    for (const path of ["/", "/keyward", "/?x=1"]) {
      const { status, header } = await get(url + path, ["Host: evil.example", "Accept: text/html,*/*;q=0.8"]);
      expect([path, status, header("location")]).toEqual([path, 303, "/keyward/"]);
    }
  });

  test("to programs the root is no route: 404, whatever the method", async () => {
    const { url } = await withDashboard();
    for (const target of ["GET /", "POST /", "HEAD /"])
      expect([target, (await sendRaw(url, [`${target} HTTP/1.1`, "Accept: */*"])).status]).toEqual([target, 404]);
  });

  test("with a gateway the root is the upstream's, and /org and /keyward are not", async () => {
    const upstream = new Upstream();
    const server = await withDashboard({}, { upstreams: [await upstream.start()] });
    onTestFinished(() => upstream.stop());
    expect((await get(`${server.url}/`, ["Accept: text/html"])).status).toBe(401);
    for (const path of ["/keyward", ...PAGES]) expect([200, 303]).toContain((await get(server.url + path)).status);
    expect((await get(`${server.url}/organizations`)).status).toBe(401);
    expect((await get(`${server.url}/org/../agents`)).status).toBe(404);
    expect(upstream.received).toEqual([]);
  });

  test("websites may not call it: a preflight there is no matter of keys", async () => {
    const { url } = await withDashboard({}, { platform: "agentsgt" });
    const { status, header } = await sendRaw(url, [
      "OPTIONS /org/x HTTP/1.1",
      "Origin: https://evil.example",
      "Access-Control-Request-Method: GET",
    ]);
    expect([status, header("access-control-allow-origin")]).toEqual([405, undefined]);
  });
});

test("where it could not be built its addresses respond with 503 in the platform's form, and everything else works", async () => {
  const server = await peopleServer({}, { dashboardDirectory: null });
  for (const path of [...PAGES, "/keyward/assets/app-1.js"]) {
    const { status, json } = await get(server.url + path);
    expect([path, status, json.code]).toEqual([path, 503, "dashboard_unavailable"]);
  }
  expect((await get(`${server.url}/keyward/health`)).status).toBe(200);
  for (const accept of ["*/*", "text/html"])
    expect((await get(`${server.url}/keyward/unknown`, [`Accept: ${accept}`])).json.code).toBe("not_found");
});

test("a server that is given none has none", async () => {
  const server = await peopleServer();
  for (const path of ["/", "/keyward", "/keyward/assets/app-1.js", ...PAGES])
    expect([path, (await get(server.url + path)).status]).toEqual([path, 404]);
});

test("the command line serves the real one: whatever its page names is there, and nothing stands in the page itself", async () => {
  const server = await startProcess();
  const { text } = await get(`${server.url}/keyward/`);
  const named = [...text.matchAll(/\b(?:src|href)="([^"]+)"/g)].map(([, address]) => address!).filter((address) => address !== "/");
  expect(named.length).toBeGreaterThan(1);
  for (const address of named) {
    const { pathname } = new URL(address, `${server.url}/`);
    expect([pathname.startsWith("/keyward/assets/"), (await get(server.url + pathname)).status]).toEqual([true, 200]);
  }
  expect(text).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\bon\w+=|javascript:|https?:/);
});
