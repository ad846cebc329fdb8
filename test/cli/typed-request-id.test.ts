/** What `keyward explain` takes as the id of a request, and what may be a key and is refused without being repeated. */
import { describe, expect, test } from "vitest";
import { refuseKey, typedRequestId } from "../../cli/typed-request-id.ts";
import { secretPattern } from "../../engine/secret-pattern.ts";
import { agentpay } from "../../platforms/agentpay.ts";
import type { Platform } from "../../platforms/define.ts";
import { keyward } from "../../platforms/keyward.ts";

const REFUSED = /^this is not the id of a request; nothing was sent$/;

/** Everything that is looked at before a request with the id is sent. Resolves to whether the server was asked for its platform. */
async function check(typed: string, { keyForm }: Platform): Promise<boolean> {
  let isAsked = false;
  await refuseKey(typedRequestId(typed), async () => {
    isAsked = true;
    return { secretPattern: secretPattern(keyForm), chosenKeys: (keyForm.kind === "secret" && keyForm.custom) || null };
  });
  return isAsked;
}

describe("is sent as it is, without a question before it:", () => {
  test.each([
    ["Keyward's own", "req_0f1e2d3c4b5a69788796a5b4"],
    ["one that nginx made", "0f1e2d3c4b5a69788796a5b40f1e2d3c"],
    ["a UUID", "018f1f7d-8a3e-7c1b-9d2f-0123456789ab"],
    ["a short one", "edge-1.42"],
  ])("%s", async (_sentence, typed) => {
    for (const platform of [keyward, agentpay]) expect(await check(typed, platform)).toBe(false);
  });
});

describe("is sent where it cannot be a key of the platform:", () => {
  test.each([
    ["an id of 16 digits", "0f1e2d3c4b5a6978"],
    ["one with the prefix of a proxy", "req-018f1f7d-8a3e-7c1b-9d2f-0123456789ab"],
    ["one of several parts", "edge.fra1~20261201-091500.000421"],
    ["the longest that the server keeps", "a".repeat(128)],
  ])("%s", async (_sentence, typed) => {
    expect(await check(typed, keyward)).toBe(true);
    await expect(check(typed, agentpay)).rejects.toThrow(REFUSED);
  });
});

describe("is refused, and not repeated:", () => {
  test.each([
    ["a key", `kw_live_${"a1B2".repeat(11)}`],
    ["a key within a longer text", `x-kw_live_${"a1B2".repeat(11)}`],
    ["a service token", `kws_${"a1B2".repeat(11)}`],
    ["a JWT", `eyJhbGciOiJFUzI1NiJ9.${"e".repeat(40)}.${"f".repeat(40)}`],
    ["one that is longer than the server keeps", "a".repeat(129)],
    ["one with other characters", "edge/fra1/20261201"],
  ])("%s", async (_sentence, typed) => {
    await expect(check(typed, keyward)).rejects.toThrow(REFUSED);
  });

  test("what may be a key that people chose", async () => {
    await expect(check("pk_my_custom_val", agentpay)).rejects.toThrow(REFUSED);
  });
});
