/** What is handed over to the main thread gets the response that it would get there: byte for byte, but for the date. */
import { beforeAll, describe, expect, test } from "vitest";
import { type RawResponse, sendRaw } from "../http/raw-http.ts";
import { suiteServer } from "../support/server.ts";

const one = suiteServer({ env: { KEYWARD_THREADS: "1" } });
const several = suiteServer({ env: { KEYWARD_THREADS: "3" } });
/** Enough for each thread to get some of them. */
const TIMES = 8;
const ids = { one: "", several: "" };

beforeAll(async () => {
  ids.one = await one.newOrganization();
  ids.several = await several.newOrganization();
});

const json = '{"name":"n"}';
const JSON_TYPE = "Content-Type: application/json";

describe("the same response, whichever thread the request comes to", () => {
  test.each<[name: string, head: (id: string, token: string) => string[], body?: string]>([
    ["GET", () => ["GET /keyward/health HTTP/1.1"]],
    ["HEAD", () => ["HEAD /keyward/health HTTP/1.1"]],
    ["HTTP/1.0 without a host", () => ["GET /keyward/health HTTP/1.0"]],
    ["a kept connection of HTTP/1.0", () => ["GET /keyward/health HTTP/1.0", "Connection: close"]],
    ["another method", () => ["PUT /keyward/health HTTP/1.1", "Content-Length: 0"]],
    ["an unknown path", () => ["GET /keyward/nothing HTTP/1.1"]],
    ["an unknown path, for a browser", () => ["GET /keyward/nothing HTTP/1.1", "Accept: text/html"]],
    ["an absolute target", () => ["GET http://example.com/keyward/health HTTP/1.1", "Host: example.com"]],
    ["a header twice", () => ["GET /keyward/v1/organizations HTTP/1.1", "Authorization: Bearer a", "Authorization: Bearer b"]],
    ["a page of the dashboard", () => ["GET /keyward/sign-in HTTP/1.1", "Accept: text/html", "Accept-Encoding: gzip"]],
    ["a list", (id, token) => [`GET /keyward/v1/organizations/${id}/keys HTTP/1.1`, `Authorization: Bearer ${token}`]],
    ["no credential", (id) => [`POST /keyward/v1/organizations/${id}/keys HTTP/1.1`, JSON_TYPE, "Content-Length: 12"], json],
    [
      "a body of a wrong type",
      (id, token) => [`POST /keyward/v1/organizations/${id}/keys HTTP/1.1`, `Authorization: Bearer ${token}`, "Content-Length: 12"],
      json,
    ],
    [
      "a body that is no JSON, in chunks",
      (id, token) => [
        `POST /keyward/v1/organizations/${id}/keys HTTP/1.1`,
        `Authorization: Bearer ${token}`,
        JSON_TYPE,
        "Transfer-Encoding: chunked",
      ],
      '3\r\n{"n\r\n2\r\nam\r\n0\r\n\r\n',
    ],
    [
      "an expectation that can be met",
      (id, token) => [
        `POST /keyward/v1/organizations/${id}/keys HTTP/1.1`,
        `Authorization: Bearer ${token}`,
        JSON_TYPE,
        "Expect: 100-continue",
        "Content-Length: 2",
      ],
      "[]",
    ],
    ["a header that is not text", () => ["GET /keyward/health HTTP/1.1", "X-Other: \u00e9\u00ff"]],
    ["an offer to upgrade", () => ["GET /keyward/health HTTP/1.1", "Connection: Upgrade, close", "Upgrade: websocket"]],
  ])("%s", async (_name, head, body) => {
    const expected = comparable(await sendRaw(one.url, head(ids.one, one.operatorToken), body), ids.one);
    for (let time = 0; time < TIMES; time++) {
      const response = await sendRaw(several.url, head(ids.several, several.operatorToken), body);
      expect(comparable(response, ids.several)).toEqual(expected);
    }
  });

  /** Headers are in another order where they were written again. */
  function comparable({ status, lines, text }: RawResponse, id: string) {
    const kept = lines.filter(([name]) => name !== "date" && name !== "keep-alive");
    return { status, lines: kept.map(([name, value]) => `${name}: ${value.replaceAll(id, "ID")}`).sort(), text: text.replaceAll(id, "ID") };
  }
});
