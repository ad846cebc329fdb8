/** What the adapter of `fetch` handlers does with requests and responses of every kind. */
import { describe, expect, test } from "vitest";
import { protect } from "../../adapters/fetch.ts";
import type { AdmissionPort, Client, Decision } from "../../admission/port.ts";

const apiKey = { keyId: "key_1", organizationId: "org_1", environment: "live", scopes: [], resources: null, expiresAt: null } as const;
const LIMITS = { ratelimit: '"minute";r=4;t=60', vary: "Origin" };

/** A port that admits every request, and counts what is released. */
function admitting(headers: Readonly<Record<string, string>> = LIMITS) {
  const seen: Client[] = [];
  let released = 0;
  const decision: Decision = { apiKey, headers, release: () => void released++ };
  const admit: AdmissionPort["admit"] = (client) => {
    seen.push(client);
    return decision;
  };
  const port: AdmissionPort = { admit, checkNeed: () => undefined };
  return { port, seen, released: () => released };
}

const request = (init?: RequestInit) => new Request("http://app.test/agents", init);

describe("the rate limits are on the response, whatever it is", () => {
  test.each<[string, () => Response, number]>([
    ["one with a body", () => Response.json({}), 200],
    ["one without", () => new Response(null, { status: 204 }), 204],
    ["a redirect, which is immutable", () => Response.redirect("http://app.test/"), 302],
  ])("%s", async (_sentence, make, status) => {
    const { port, released } = admitting();
    const response = await protect(port)(make)(request());
    expect([response.status, response.headers.get("ratelimit"), response.headers.get("vary")]).toEqual([
      status,
      LIMITS.ratelimit,
      "Origin",
    ]);
    await response.text();
    expect(released()).toBe(1);
  });

  test("a response's own headers stay, and Vary names both", async () => {
    const { port } = admitting();
    const response = await protect(port)(() => new Response("x", { headers: { vary: "Accept", ratelimit: "own" } }))(request());
    expect([response.headers.get("ratelimit"), response.headers.get("vary")]).toEqual(["own", "Accept, Origin"]);
  });

  test("a failed response stays one", async () => {
    const { port, released } = admitting();
    expect((await protect(port)(() => Response.error())(request())).type).toBe("error");
    expect(released()).toBe(1);
  });
});

describe("the request counts as concurrent", () => {
  const endless = () => new Response(new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1)) }));

  test("while the body is read, until the reader cancels it", async () => {
    const { port, released } = admitting();
    const reader = (await protect(port)(endless)(request())).body!.getReader();
    await reader.read();
    expect(released()).toBe(0);
    await reader.cancel();
    expect(released()).toBe(1);
  });

  test("until the body fails", async () => {
    const { port, released } = admitting();
    const failing = () => new Response(new ReadableStream({ pull: () => Promise.reject(new Error("broken")) }));
    await expect((await protect(port)(failing)(request())).text()).rejects.toThrow("broken");
    expect(released()).toBe(1);
  });

  test("until the client is gone, also when nobody reads the body", async () => {
    const { port, released } = admitting();
    const client = new AbortController();
    await protect(port)(endless)(request({ signal: client.signal }));
    expect(released()).toBe(0);
    client.abort();
    expect(released()).toBe(1);
  });

  test("until the handler throws, or returns no response", async () => {
    const { port, released } = admitting();
    const throwing = protect(port)(() => {
      throw new Error("the handler crashed");
    });
    await expect(throwing(request())).rejects.toThrow("the handler crashed");
    await expect(protect(port)((() => undefined) as never)(request())).rejects.toThrow(TypeError);
    expect(released()).toBe(2);
  });
});

test("the handler gets what else the framework passes, and the address is where the application says", async () => {
  const { port, seen } = admitting();
  const clientAddress = (_request: Request, info: unknown) => (info as { remote: string }).remote;
  const handler = protect(port, { clientAddress })((_request, { apiKey: { keyId } }, info: { remote: string }) =>
    Response.json([keyId, info.remote]),
  );
  expect(await (await handler(request({ headers: { "x-api-key": "k" } }), { remote: "192.0.2.1" })).json()).toEqual(["key_1", "192.0.2.1"]);
  expect(seen[0]).toEqual({ rawHeaders: ["x-api-key", "k"], socket: { remoteAddress: "192.0.2.1" }, method: "GET", url: "/agents" });
});
