/** A platform's own API with the key in the client's configuration. */
import { describe, expect, test } from "vitest";
import { PLATFORMS } from "../../platforms/index.ts";
import { type PlatformName, platformClient } from "../../sdk/index.ts";
import { secret } from "../support/root.ts";
import { startServer } from "../support/server.ts";
import { json, rawServer } from "./raw-server.ts";

const KEY = secret("kw_live_the-key-of-this-client");

test.each([...PLATFORMS.values()].map(({ name, credentials: [place] }) => [name, place] as const))(
  "%s: every call has the key where the platform's page says",
  async (name, { header, scheme }) => {
    const { url, received } = await rawServer(json(200, {}));
    const client = platformClient({ platform: name as PlatformName, apiKey: KEY, baseUrl: `${url}/api` });
    await client.call("GET /keyward/v1/whoami");
    await client.fetch("/wallets?page=2", { method: "POST", body: "{}", headers: { "content-type": "application/json" } });
    expect(received.map(({ method, url: path }) => `${method} ${path}`)).toEqual([
      "GET /api/keyward/v1/whoami",
      "POST /api/wallets?page=2",
    ]);
    for (const { headers } of received) expect(headers[header]).toBe(scheme === undefined ? KEY : `${scheme} ${KEY}`);
    expect(received[1]?.headers["content-type"]).toBe("application/json");
  },
);

test("AP12 the SDK takes the key in its configuration, and attaches it to every endpoint of a real server", async () => {
  const { url } = await startServer({ platform: "agentpay", args: ["--example"] });
  const anybody = platformClient({ platform: "agentpay", apiKey: "none-yet", baseUrl: url });
  const { key, label } = await anybody.call("POST /api-keys", { body: { label: "my-agent" } });
  expect(label).toBe("my-agent");
  const client = platformClient({ platform: "agentpay", apiKey: secret(key), baseUrl: url });
  expect((await client.fetch("/wallets")).status).toBe(200);
  expect((await client.call("GET /keyward/v1/whoami")).environment).toBe("live");
  await expect(anybody.call("GET /keyward/v1/whoami")).rejects.toMatchObject({
    name: "KeywardError",
    status: 401,
    code: "invalid_credential",
  });
});

test("the key goes to the platform alone: no other path, and no redirect is followed", async () => {
  const elsewhere = await rawServer(json(200, {}));
  const { url } = await rawServer(json(302, {}, { location: elsewhere.url }));
  const client = platformClient({ platform: "agentpay", apiKey: KEY, baseUrl: `${url}/api/` });
  for (const path of [elsewhere.url, "//evil.test", "/../outside", "https:evil.test"])
    await expect(client.fetch(path)).rejects.toThrow("path must be below baseUrl");
  expect((await client.fetch("/wallets")).status).toBe(302);
  expect(elsewhere.received).toEqual([]);
});

describe("options are refused at once, without the key", () => {
  const good = { platform: "agentpay", apiKey: KEY, baseUrl: "http://127.0.0.1" };
  test.each([
    ["a platform that there is not", { ...good, platform: "nobody" }, /platform must be one of keyward, /],
    ["a name of every object", { ...good, platform: "constructor" }, /platform must be one of/],
    ["no key", { ...good, apiKey: "" }, /apiKey is missing/],
    ["a key with a line break", { ...good, apiKey: `${KEY}\n` }, /apiKey must be printable ASCII/],
    ["no base URL", { ...good, baseUrl: "127.0.0.1" }, /baseUrl must be an http or https URL/],
  ])("%s", (_sentence, options, sentence) => {
    let message = "";
    try {
      platformClient(options as never);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toMatch(sentence);
    expect(message).not.toContain(KEY);
  });
});
