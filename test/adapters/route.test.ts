/** What is wrong with a protected route is said when it is declared, in one sentence. */
import { describe, expect, test } from "vitest";
import { protect } from "../../adapters/node.ts";
import { localPort } from "../../admission/local-port.ts";
import type { AdmissionPort } from "../../admission/port.ts";
import { keyward } from "../../index.ts";
import { ampersend } from "../../platforms/ampersend.ts";
import { keyward as platform } from "../../platforms/keyward.ts";
import { testService } from "../support/service.ts";

async function portOf(options: Parameters<typeof testService>[0] & { platform: typeof platform }): Promise<AdmissionPort> {
  const { service } = await testService(options);
  return localPort({ service, platform: options.platform, log: { error: () => undefined } });
}

/** As a program without types may write it. */
const declare = (port: unknown, options?: unknown) => () => protect(port as AdmissionPort, options as object);

describe("declaring a route is refused", () => {
  test.each([
    ["without a Keyward", () => undefined, {}, /needs a Keyward as its first argument/],
    ["with a Keyward that is not open yet", () => Promise.resolve({}), {}, /write `await keyward\(\.\.\.\)`/],
    ["with a store in its place", () => ({ store: {} }), {}, /needs a Keyward as its first argument/],
    ["with an option that there is not", null, { scope: ["agents:read"] }, /protect has no option scope; it has scopes and resource/],
    ["with a scope that is no list", null, { scopes: "agents:read" }, /scopes must be a list of texts/],
    ["with a scope that is no text", null, { scopes: [1] }, /scopes must be a list of texts/],
    ["with a resource that is a number", null, { resource: 1 }, /resource must be a text, or a function/],
    ["with a scope that no key can have", null, { scopes: ["Agents Read"] }, /scopes/],
  ])("%s", async (_sentence, port, options, sentence) => {
    const given = port === null ? await portOf({ platform }) : port();
    expect(declare(given, options)).toThrow(sentence);
  });

  test("with a scope that the platform does not have, which names those that it has", async () => {
    const port = await portOf({ platform: ampersend });
    expect(declare(port, { scopes: ["agents:fly"] })).toThrow(`ampersend has no scope agents:fly; it has ${ampersend.scopes?.join(", ")}`);
  });
});

describe("opening the library is refused", () => {
  test.each([
    ["without a platform", { store: { findKeyByDigest() {} }, secret: "s".repeat(32) }, /platform must be one of `platforms`/],
    ["with a platform's name", { platform: "keyward", store: { findKeyByDigest() {} }, secret: "" }, /platform must be one of `platforms`/],
    ["with what openSqlite returns", { platform, store: { store: {} }, secret: "s".repeat(32) }, /store must be an open store, such as/],
    ["without a secret", { platform, store: { findKeyByDigest() {} } }, /secret must be a text of at least 32 characters/],
  ])("%s", async (_sentence, options, sentence) => {
    await expect(keyward(options as never)).rejects.toThrow(sentence);
  });
});
