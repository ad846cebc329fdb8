/** Limits, verdicts, use and samples of code as the page of a key tells them. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: samples of code have such strings
import { describe, expect, it } from "vitest";
import { readKeySearch } from "../../dashboard/src/screens/key-page/search.ts";
import { type LimitState, limitSentence, limitTone } from "../../dashboard/src/words/limit.ts";
import { codeSamples, type SampledPlatform } from "../../dashboard/src/words/samples.ts";
import { countOf, kindsOf, longInterval, shortInterval, totalsSentence } from "../../dashboard/src/words/usage.ts";
import { verdictWords } from "../../dashboard/src/words/verdict.ts";
import { REFUSALS } from "../../engine/judge.ts";

describe("a limit", () => {
  it.each<[LimitState, string]>([
    [{ name: "minute", limit: 60, remaining: 23, resetSeconds: 12 }, "37 of 60 requests in the last minute; resets in 12 seconds"],
    [{ name: "minute", limit: 60, remaining: 60, resetSeconds: 60 }, "0 of 60 requests in the last minute"],
    [{ name: "minute", limit: 60, remaining: 0, resetSeconds: 1 }, "60 of 60 requests in the last minute; resets in 1 second"],
    [{ name: "day", limit: 10_000, remaining: 1, resetSeconds: 7_201 }, "9,999 of 10,000 requests in the last 24 hours; resets in 3 hours"],
    [{ name: "concurrent", limit: 5, remaining: 3, resetSeconds: 0 }, "2 of 5 requests under way"],
    [{ name: "minute", limit: 60, remaining: 61, resetSeconds: 0 }, "0 of 60 requests in the last minute"],
  ])("%j says %s", (limit, sentence) => expect(limitSentence(limit)).toBe(sentence));

  it.each([
    [21, "good"],
    [20, "warn"],
    [1, "warn"],
    [0, "bad"],
  ])("with %i of 100 left is %s", (remaining, tone) => expect(limitTone({ limit: 100, remaining })).toBe(tone));

  it.each([
    [0, "1 second"],
    [119, "119 seconds"],
    [120, "2 minutes"],
    [7_199, "120 minutes"],
    [7_200, "2 hours"],
  ])("%i seconds are %s", (resetSeconds, words) => {
    expect(limitSentence({ name: "day", limit: 2, remaining: 1, resetSeconds })).toBe(
      `1 of 2 requests in the last 24 hours; resets in ${words}`,
    );
  });
});

describe("a verdict", () => {
  it.each(["valid", ...REFUSALS])("%s has words of its own", (code) => {
    expect(verdictWords(code)).not.toBe(verdictWords("no_such_code"));
    expect(verdictWords(code).text).toMatch(/\.$/);
  });

  it("a key that is disabled and expired is not told to be enabled", () => {
    expect(verdictWords("disabled", ["disabled"]).text).toMatch(/Enable it/);
    expect(verdictWords("disabled", ["disabled", "expired"]).text).toMatch(/enabling it would not help\. Create a new one/);
  });

  it.each(["no_such_code", "toString", "__proto__"])("%s is told as unknown", (code) =>
    expect(verdictWords(code).text).toMatch(/does not know/),
  );
});

describe("use", () => {
  it("everything that is neither valid nor rate limited was refused", () => {
    expect(kindsOf({ valid: 5, rate_limited: 2, revoked: 1, expired: 3 })).toEqual({ valid: 5, rateLimited: 2, refused: 4 });
    expect(countOf(kindsOf({}))).toBe(0);
  });

  it("totals are one sentence", () => {
    expect(totalsSentence({ valid: 1_180, rate_limited: 20, revoked: 4 }, "7d")).toBe(
      "1,204 requests in the last 7 days: 1,180 valid, 20 rate limited, 4 refused.",
    );
    expect(totalsSentence({ valid: 1 }, "24h")).toBe("1 request in the last 24 hours: 1 valid, 0 rate limited, 0 refused.");
  });

  it.each<[number, string, string]>([
    [1, "13:00", "Nov 20, 13:00 to 14:00"],
    [6, "Nov 20", "Nov 20, 13:00 to 19:00"],
    [24, "Nov 20", "Nov 20, 2026 (UTC)"],
  ])("an interval of %i hours is %s, and in full %s", (hours, short, long) => {
    expect(shortInterval("2026-11-20T12:00:00.000Z", hours, "Europe/Vienna")).toBe(short);
    expect(longInterval("2026-11-20T12:00:00.000Z", hours, "Europe/Vienna")).toBe(long);
  });

  it.each<[unknown, object]>([
    ["7d", { period: "7d" }],
    ["24h", {}],
    ["8d", {}],
    [7, {}],
    [undefined, {}],
  ])("the period %j in the address is read as %j", (period, read) => expect(readKeySearch({ period })).toEqual(read));
});

describe("samples of code", () => {
  const bearer: SampledPlatform = {
    name: "ampersend",
    keyForm: "secret",
    credentials: [{ header: "authorization", scheme: "Bearer" }],
    dashboard: { sample: { path: "/v1/agents" } },
  };
  const sample = (platform: Partial<SampledPlatform>, language: string, baseUrl = "https://keys.example.com") =>
    codeSamples({ ...bearer, ...platform }, baseUrl).find((each) => each.language === language)!.code;
  const pair: Partial<SampledPlatform> = { name: "agentsgt", keyForm: "pair" };
  const plain: Partial<SampledPlatform> = { name: "agentpay", credentials: [{ header: "x-api-key", scheme: null }] };

  // biome-ignore format: a table
  it.each<[string, Partial<SampledPlatform>, string, string]>([
    ["curl with a scheme",         {},    "curl",       '-H "Authorization: Bearer ${AMPERSEND_API_KEY}"'],
    ["curl without one",           plain, "curl",       '-H "X-Api-Key: ${AGENTPAY_API_KEY}"'],
    ["curl with a pair",           pair,  "curl",       '-H "Authorization: Bearer ${AGENTSGT_PUBLIC_KEY}:${AGENTSGT_SECRET_KEY}"'],
    ["TypeScript with a scheme",   {},    "TypeScript", "headers: { Authorization: `Bearer ${AMPERSEND_API_KEY}` }"],
    ["TypeScript without one",     plain, "TypeScript", 'headers: { "X-Api-Key": `${AGENTPAY_API_KEY}` }'],
    ["TypeScript with a pair",     pair,  "TypeScript", "`Bearer ${AGENTSGT_PUBLIC_KEY}:${AGENTSGT_SECRET_KEY}`"],
    ["Python with a scheme",       {},    "Python",     `headers={"Authorization": f"Bearer {os.environ['AMPERSEND_API_KEY']}"}`],
    ["Python without one",         plain, "Python",     `headers={"X-Api-Key": f"{os.environ['AGENTPAY_API_KEY']}"}`],
    ["Python with a pair",         pair,  "Python",     `f"Bearer {os.environ['AGENTSGT_PUBLIC_KEY']}:{os.environ['AGENTSGT_SECRET_KEY']}"`],
  ])("%s", (_name, platform, language, line) => expect(sample(platform, language)).toContain(line));

  it("all go to the sample of the platform, below a sub-path too", () => {
    for (const { code } of codeSamples(bearer as SampledPlatform, "https://example.com/keys"))
      expect(code).toContain("https://example.com/keys/v1/agents");
  });

  it("an address that a shell would read is quoted", () => {
    expect(sample({ dashboard: { sample: { path: "/a?b='$(id)'&c" } } }, "curl")).toContain(
      "curl -X GET 'https://keys.example.com/a?b='\\''$(id)'\\''&c' \\",
    );
  });
});
