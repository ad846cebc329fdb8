/** Checking domains before they are saved: whoever is signed in may, and is told what saving would say. */
import { expect, test } from "vitest";
import { joinAs } from "../../support/join.ts";
import { Browser, peopleServer } from "../../support/people.ts";
import { secret } from "../../support/root.ts";
import { call } from "../../support/server.ts";

const PATH = "/keyward/v1/domains/check";

test("each domain gets its result in order, the same as when it is saved", async () => {
  const server = await peopleServer({}, { platform: "agentsgt" });
  const organizationId = await server.newOrganization();
  const given = [
    "Example.com",
    "*.münchen.de",
    "https://a.com",
    "co.uk",
    "10.0.0.1",
    "*",
    "a b.com",
    "例え.jp",
    "localhost",
    "*.localhost",
  ];
  const { status, json } = await server.operator("POST", PATH, { domains: ` ${given.join(" , ")},, Example.com\r\n` });
  expect(status).toBe(200);
  expect(json.data.map((checked: { given: string }) => checked.given)).toEqual(given);
  for (const { given: text, domain, message } of json.data) {
    const saved = await server.operator("POST", `/keyward/v1/organizations/${organizationId}/keys`, { domains: [text] });
    secret(saved.json.secretKey);
    if (saved.status === 201) expect([domain, message]).toEqual([saved.json.domains[0], null]);
    // The platform's errors are one sentence.
    else expect([domain, message]).toEqual([null, saved.json.error]);
  }
  expect(json.data.map(({ domain }: { domain: string | null }) => domain)).toEqual([
    "example.com",
    "*.xn--mnchen-3ya.de",
    null,
    null,
    null,
    null,
    null,
    "xn--r8jz45g.jp",
    "localhost",
    null,
  ]);
  expect((await server.operator("POST", PATH, { domains: " ,\n," })).json).toEqual({ data: [] });
});

test("more than a key may have, no text, and other fields are refused; where keys are no pairs there is no such path", async () => {
  const server = await peopleServer({}, { platform: "agentsgt" });
  const line = (count: number) => Array.from({ length: count }, (_, at) => `a${at}.com`).join(",");
  expect((await server.operator("POST", PATH, { domains: line(50) })).json.data).toHaveLength(50);
  for (const body of [{ domains: line(51) }, { domains: ["a.com"] }, {}, { domains: "a.com", key: "x" }])
    expect((await server.operator("POST", PATH, body)).status, JSON.stringify(body)).toBe(400);
  const secrets = await peopleServer();
  expect((await secrets.operator("POST", PATH, { domains: "a.com" })).status).toBe(404);
});

test("every signed-in person may, including viewers, by cookie and by JWT; nobody else may, and no page of another site", async () => {
  const server = await peopleServer({}, { platform: "agentsgt" });
  const ada = await server.signUp("ada@example.com");
  const organizationId = await ada.organizationId();
  const viewer = await joinAs(server, ada, organizationId, "viewer", "v@example.com");
  const body = { domains: "a.com" };
  for (const browser of [ada, viewer]) {
    expect((await browser.send("POST", PATH, body)).json.data).toEqual([{ given: "a.com", domain: "a.com", message: null }]);
    const token = await browser.token(organizationId);
    expect((await new Browser(server.url).send("POST", PATH, body, { authorization: `Bearer ${token}` })).status).toBe(200);
  }
  expect((await new Browser(server.url).send("POST", PATH, body)).status).toBe(401);
  expect((await ada.send("POST", PATH, body, { origin: "https://evil.example", "sec-fetch-site": "cross-site" })).status).toBe(403);
  expect((await call(server.url + PATH)).status).toBe(405);
});
