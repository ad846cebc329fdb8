/** Several APIs behind one gateway: which of them a path belongs to, and that nobody gets from one to another. */
import { describe, expect, test } from "vitest";
import { openUpstreams } from "../../../http/gateway/upstreams.ts";
import { startProcess } from "../../support/server-process.ts";
import { inProcess } from "../in-process.ts";
import { sendRaw } from "../raw-http.ts";
import { Upstream } from "../upstream.ts";

const route = (prefix: string, host = prefix.replaceAll("/", "-").slice(1) || "rest") => ({ prefix, url: new URL(`http://${host}.test`) });

describe("of several prefixes the longest that ends at a segment decides", () => {
  const upstreams = openUpstreams([route("/api"), route(""), route("/api/v2"), route("/apis")], 1_000);
  test.each([
    ["/api", "api.test"],
    ["/api/", "api.test"],
    ["/api/agents", "api.test"],
    ["/api?x=/api/v2", "api.test"],
    ["/api/v2", "api-v2.test"],
    ["/api/v2/x", "api-v2.test"],
    ["/api/v2?x", "api-v2.test"],
    ["/api/v20", "api.test"],
    ["/apis/x", "apis.test"],
    ["/", "rest.test"],
    ["/?/api", "rest.test"],
    ["/apix", "rest.test"],
    ["/API", "rest.test"],
    ["/%61pi", "rest.test"],
    ["/api%2fv2", "rest.test"],
    ["/api;x/v2", "rest.test"],
    ["/api\\v2", "rest.test"],
    ["//api", "rest.test"],
    ["/api//v2", "api.test"],
    ["/x/api", "rest.test"],
  ])("%s belongs to %s", (target, host) => {
    expect(upstreams.find(target)?.host).toBe(host);
  });

  test("none, where no prefix fits and none is for every path", () => {
    const some = openUpstreams([route("/api")], 1_000);
    expect([some.find("/api/x")?.host, some.find("/apix"), some.find("/")]).toEqual(["api.test", undefined, undefined]);
  });
});

describe("through the gateway", () => {
  const open = async () => {
    const [api, other] = [new Upstream(), new Upstream()];
    const [apiUrl, otherUrl] = [await api.start(), await other.start()];
    const upstreams = [
      { prefix: "/api", url: new URL(`${apiUrl}/base`) },
      { prefix: "/other", url: new URL(otherUrl) },
    ];
    const server = await inProcess({ upstreams });
    const { key } = await server.newKey(await server.newOrganization());
    const send = (target: string, ...lines: string[]) => sendRaw(server.url, [`GET ${target} HTTP/1.1`, ...lines]);
    return { api, other, send, key: `X-Api-Key: ${key}`, stop: () => Promise.all([api.stop(), other.stop()]) };
  };

  test("each API gets its own requests, with the prefix and its own Host", async () => {
    const { api, other, send, key, stop } = await open();
    expect([(await send("/api/x?y", key)).status, (await send("/other", key)).status]).toEqual([200, 200]);
    expect([api.only.url, other.only.url]).toEqual(["/base/api/x?y", "/other"]);
    expect(api.only.values("host")).not.toEqual(other.only.values("host"));
    await stop();
  });

  test("a path of none is 404, whether or not there is a key, and counts nothing", async () => {
    const { api, other, send, key, stop } = await open();
    for (const target of ["/", "/apix", "/%61pi/x", "/API/x"])
      expect([(await send(target, key)).status, (await send(target)).status]).toEqual([404, 404]);
    expect([...api.received, ...other.received]).toEqual([]);
    await stop();
  });

  test.each(["/api/../other", "/api/..%2fother", "/api/%2e%2e/other", "/api/..;/other", "/api/..\\other", "/api/.%252e/other"])(
    "%s leads from no API to another",
    async (target) => {
      const { api, other, send, key, stop } = await open();
      expect((await send(target, key)).status).toBe(400);
      expect([...api.received, ...other.received]).toEqual([]);
      await stop();
    },
  );
});

test("serve takes --upstream once for each path", async () => {
  const [api, rest] = [new Upstream(), new Upstream()];
  const args = ["--upstream", `/api=${await api.start()}`, "--upstream", await rest.start()];
  const server = await startProcess({ args });
  const { key } = await server.newKey(await server.newOrganization());
  for (const target of ["/api/x", "/y"])
    expect((await sendRaw(server.url, [`GET ${target} HTTP/1.1`, `X-Api-Key: ${key}`])).status).toBe(200);
  expect([api.only.url, rest.only.url]).toEqual(["/api/x", "/y"]);
  await Promise.all([api.stop(), rest.stop()]);
});
