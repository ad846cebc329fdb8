/** The path of `--upstream` is a fence: whatever the upstream makes of what passes, it stays below that path. */
import { posix } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hasDotSegment } from "../../http/request-path.ts";
import { PLATFORMS } from "../../platforms/index.ts";
import { inProcess } from "./in-process.ts";
import { sendRaw } from "./raw-http.ts";
import { Upstream } from "./upstream.ts";

const CLIMBING = [
  "/../internal",
  "/..",
  "/.",
  "/./internal",
  "/a/../../internal",
  "/a/..",
  "/a/.",
  "/../",
  "/a/./b",
  "/../internal?x=1",
  "/..?x=1",
  "//../internal",
  "/a//../../internal",
  "/%2e%2e/internal",
  "/%2E%2E/internal",
  "/.%2e/internal",
  "/%2e./internal",
  "/%2e/internal",
  "/%2e%2e",
  "/a/%2e",
  "/%2e%2e?x=1",
  "/..%2finternal",
  "/..%2Finternal",
  "/%2e%2e%2finternal",
  "/a%2f..%2f..%2finternal",
  "/a%2f..",
  "/a%2f%2e",
  "/%2f../internal",
  "/..\\internal",
  "/a\\..\\..\\internal",
  "/a\\..",
  "/a\\.",
  "/..%5cinternal",
  "/%2e%2e%5cinternal",
  "/a%5c..%5C..%5cinternal",
  "/..;/internal",
  "/..;x=1/internal",
  "/.;/internal",
  "/%2e%2e;/internal",
  "/..%3b/internal",
  "/a/..;",
  "/a;b/..;c/d",
  "/..%3f/internal",
  "/..%23/internal",
  "/..#/internal",
  "/a/..#",
  "/..%00/internal",
  "/..%00.html",
  "/..%20/internal",
  "/..%09/internal",
  "/..%0a",
  "/%20../internal",
  "/.%0d./internal",
  "/%252e%252e/internal",
  "/..%252finternal",
  "/%252e%252e%252finternal",
  "/%25252e%25252e/internal",
  "/..%255cinternal",
  "/%25%32%65%25%32%65/internal",
  "/%2%65%2%65/internal",
  "/..%253b/internal",
  `/${`%${"25".repeat(20)}2e`.repeat(2)}/internal`,
  `/${`%${"25".repeat(3_000)}41`}/a`,
  "/%c0%ae%c0%ae/internal",
  "/..%c0%afinternal",
  "/..%c1%9cinternal",
  "/%e0%80%ae%e0%80%ae/internal",
  "/%f0%80%80%ae./internal",
  "/%u002e%u002e/internal",
  "/%ef%bc%8e%ef%bc%8e/internal",
  "/..%ef%bc%8finternal",
  "/%e2%80%a5/internal",
  "/%25c0%25ae./internal",
];
const PLAIN = [
  "/",
  "/a",
  "/a.b/c",
  "/.well-known/x",
  "/..a",
  "/a..",
  "/a..b/c",
  "/.../a",
  "/a/.hidden/b",
  "/a;..;b/c",
  "/~a/b",
  "//a",
  "/a%2fb",
  "/a%20b",
  "/a%2eb/c%2e",
  "/%2ehidden",
  "/a%252fb",
  "/%e2%82%ac",
  "/%c3%a9.",
  "/100%25",
  "/%zz",
  "/%",
  "/a%5cb",
  "/a\\b",
  "/a%00b",
  "/a?next=../b",
  "/a?/../b",
  "/a?x=%2e%2e%2f&y=..%5c..",
  "/?..",
  "/?/..;/",
  "/a.json?path=/../..",
];

describe("hasDotSegment", () => {
  test.each(CLIMBING)("true of %s", (target) => expect(hasDotSegment(target)).toBe(true));
  test.each(PLAIN)("false of %s", (target) => expect(hasDotSegment(target)).toBe(false));

  const decode = (text: string) =>
    text.replaceAll(/%([0-9a-f]{2})/gi, (_match, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  /** Ways in which servers come from a path to a place. */
  const READERS: Readonly<Record<string, (path: string) => string>> = {
    "as it came": (path) => path,
    "the URL standard": (path) => new URL(`http://upstream.invalid${path}`).pathname,
    "the URL standard, decoded first": (path) => new URL(`http://upstream.invalid${decode(path)}`).pathname,
    decoded: decode,
    "decoded twice": (path) => decode(decode(path)),
    "backslashes for slashes": (path) => decode(path).replaceAll("\\", "/"),
    "decoded twice, backslashes for slashes": (path) => decode(decode(path)).replaceAll("\\", "/"),
    "without path parameters": (path) => decode(path.replaceAll(/;[^/]*/g, "")),
    "decoded, then without path parameters": (path) => decode(path).replaceAll(/;[^/]*/g, ""),
    "without empty segments": (path) => decode(path).replaceAll(/\/{2,}/g, "/"),
    "up to NUL": (path) => decode(path).replace(/\0.*$/s, ""),
    trimmed: (path) => decode(path).trim(),
    "decoded, up to ? and #": (path) => decode(path).replace(/[?#].*$/s, ""),
  };
  const pieces = fc.constantFrom(
    "/",
    "/",
    ".",
    ".",
    "..",
    "a",
    "internal",
    "\\",
    ";",
    ";x",
    "%2e",
    "%2E",
    "%2f",
    "%5c",
    "%3b",
    "%3f",
    "%23",
    "%00",
    "%20",
    "%252e",
    "%252f",
    "%255c",
    "%25",
    "2e",
    "2f",
    "%",
    "#",
    "~",
  );

  test("a path without dot segments stays below the path of --upstream, however the upstream reads it", () => {
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (drawn) => {
        const target = `/${drawn.join("")}`;
        if (hasDotSegment(target)) return;
        for (const [how, read] of Object.entries(READERS)) {
          const place = posix.normalize(read(`/public${target}`));
          expect(place === "/public" || place.startsWith("/public/"), `${target} leads to ${place}: ${how}`).toBe(true);
        }
      }),
      { numRuns: 5_000 },
    );
  });

  const layered = fc
    .tuple(
      fc.constantFrom(".", "..", "../a", "..\\a", "a/..", "..;a/b"),
      fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 8, maxLength: 8 }),
      fc.constantFrom("", "/a", "/a/b.c"),
    )
    .map(([segment, layers, before]) => `${before}/${[...segment].map((letter, at) => encode(letter, layers[at] ?? 0)).join("")}`);
  const encode = (text: string, times: number): string =>
    times === 0
      ? text
      : encode(
          text.replaceAll(/[^0-9a-f]/gi, (each) => `%${each.charCodeAt(0).toString(16).padStart(2, "0")}`),
          times - 1,
        );

  test("a dot segment is seen under any mixture of up to four layers of encoding", () => {
    fc.assert(fc.property(layered, hasDotSegment), { numRuns: 2_000 });
  });

  test("the work is bounded: the longest path that a head holds takes milliseconds", () => {
    for (const unit of ["%25", "%2525", "%252e", "%c0%ae", "%", "/.%", "%u00"]) {
      const target = `/${unit.repeat(16_000 / unit.length)}`;
      const from = performance.now();
      hasDotSegment(target);
      expect(performance.now() - from, unit).toBeLessThan(250);
    }
  });
});

describe.each([...PLATFORMS.values()])("the gateway of $name", (platform) => {
  test("refuses dot segments with 400 in the platform's form, and the upstream hears nothing", async () => {
    const upstream = new Upstream();
    const fixture = await inProcess({
      platform,
      ...(platform.oneEnvironmentPerDeployment && { environment: "live" }),
      upstream: `${await upstream.start()}/public`,
    });
    const { key } = await fixture.newKey(await fixture.newOrganization());
    const [{ header, scheme }] = platform.credentials;
    const credential = `${header}: ${scheme === undefined ? "" : `${scheme} `}${key}`;
    const { contentType } = platform.errorForm;
    const form = platform.errorForm.body({ code: "invalid_request", detail: "" }, () => ({ status: 400, title: "" }));
    try {
      for (const path of CLIMBING) {
        const response = await sendRaw(fixture.url, [`GET ${path} HTTP/1.1`, credential]);
        expect([path, response.status, response.header("content-type"), Object.keys(response.json)]).toEqual([
          path,
          400,
          contentType,
          Object.keys(form),
        ]);
      }
      for (const target of ["http://other.invalid/../internal", "http://other.invalid/a"])
        expect((await sendRaw(fixture.url, [`GET ${target} HTTP/1.1`, credential])).status).toBe(400);
      // Whoever has no key hears of the path too: it is looked at first.
      expect((await sendRaw(fixture.url, ["DELETE /..%2finternal HTTP/1.1"])).status).toBe(400);
      expect(upstream.received).toEqual([]);
    } finally {
      await upstream.stop();
    }
  });
});

describe("what passes", () => {
  test("goes behind the path of --upstream byte for byte, the query untouched; a refused path costs nothing", async () => {
    const upstream = new Upstream();
    const { url, newOrganization, newKey } = await inProcess({ upstream: `${await upstream.start()}/public/` });
    const { key } = await newKey(await newOrganization(), { limits: { requestsPerMinute: PLAIN.length } });
    try {
      for (const path of CLIMBING.slice(0, 5)) expect((await sendRaw(url, [`GET ${path} HTTP/1.1`, `X-Api-Key: ${key}`])).status).toBe(400);
      for (const path of PLAIN)
        expect([path, (await sendRaw(url, [`GET ${path} HTTP/1.1`, `X-Api-Key: ${key}`])).status]).toEqual([path, 200]);
      expect(upstream.received.map((request) => request.url)).toEqual(PLAIN.map((path) => `/public${path}`));
      expect((await sendRaw(url, ["GET /a HTTP/1.1", `X-Api-Key: ${key}`])).status).toBe(429);
    } finally {
      await upstream.stop();
    }
  });
});
