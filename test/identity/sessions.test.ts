/** A person's sessions: seen and ended by that person alone. */
import { describe, expect, test } from "vitest";
import { Browser, PASSWORD, type PeopleServer, peopleServer } from "../support/people.ts";
import { settingsOfTest } from "../support/postgres.ts";
import { call } from "../support/server.ts";

const PATH = "/keyward/v1/sessions";
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

async function signInAgain(server: PeopleServer, email: string, userAgent: string): Promise<Browser> {
  const browser = new Browser(server.url);
  const reply = await browser.send("POST", "/keyward/auth/sign-in/email", { email, password: PASSWORD }, { "user-agent": userAgent });
  if (reply.status !== 204) throw new Error(`not signed in: ${reply.text}`);
  return browser;
}

describe.each([
  ["the embedded database", async () => ({})],
  ["PostgreSQL", settingsOfTest],
])("on %s, sessions", (_database, settings) => {
  test("are listed newest first, with the one of this request marked, and nobody else's", async () => {
    const server = await peopleServer(await settings());
    const ada = await server.signUp("ada@example.com");
    await server.signUp("eve@example.com");
    const phone = await signInAgain(server, "ada@example.com", `Phone/1 ${"x".repeat(2_000)}`);
    const { status, json, text } = await ada.send("GET", PATH);
    expect(status).toBe(200);
    expect(json.data).toEqual([
      {
        id: expect.any(String),
        isCurrent: false,
        createdAt: expect.stringMatching(TIME),
        expiresAt: expect.stringMatching(TIME),
        ipAddress: "127.0.0.1",
        userAgent: `Phone/1 ${"x".repeat(504)}`,
      },
      {
        id: expect.any(String),
        isCurrent: true,
        createdAt: expect.stringMatching(TIME),
        expiresAt: (await ada.session()).expiresAt,
        ipAddress: "127.0.0.1",
        userAgent: "node",
      },
    ]);
    expect((await phone.send("GET", PATH)).json.data.map(({ isCurrent }: { isCurrent: boolean }) => isCurrent)).toEqual([true, false]);
    for (const browser of [ada, phone])
      expect(text).not.toContain(decodeURIComponent(browser.cookies.get("keyward.session_token")!).split(".")[0]);
  });

  test("are ended one by one, JWTs included, and the own one takes its cookie along", async () => {
    const server = await peopleServer(await settings());
    const ada = await server.signUp("ada@example.com");
    const phone = await signInAgain(server, "ada@example.com", "Phone/1");
    const organizationId = await ada.organizationId();
    const token = await phone.token(organizationId);
    const [other, own] = (await ada.send("GET", PATH)).json.data;
    expect((await ada.send("DELETE", `${PATH}/${other.id}`)).status).toBe(204);
    expect(ada.isSignedIn).toBe(true);
    expect((await phone.send("GET", PATH)).status).toBe(401);
    expect(
      (await call(`${server.url}/keyward/v1/organizations/${organizationId}/keys`, { headers: { authorization: `Bearer ${token}` } }))
        .status,
    ).toBe(401);
    expect((await ada.send("DELETE", `${PATH}/${other.id}`)).status).toBe(404);
    expect((await ada.send("GET", PATH)).json.data).toEqual([own]);
    expect((await ada.send("DELETE", `${PATH}/${own.id}`)).status).toBe(204);
    expect(ada.isSignedIn).toBe(false);
  });

  test("of somebody else get the response of unknown ones, and stay", async () => {
    const server = await peopleServer(await settings());
    const [ada, eve] = [await server.signUp("ada@example.com"), await server.signUp("eve@example.com")];
    const [{ id }] = (await ada.send("GET", PATH)).json.data;
    const theirs = await eve.send("DELETE", `${PATH}/${id}`);
    for (const none of ["nonsense", "%00", "' or 1=1 --", `${id}x`]) {
      const reply = await eve.send("DELETE", `${PATH}/${none}`);
      expect([reply.status, reply.text]).toEqual([404, theirs.text]);
    }
    expect(theirs.status).toBe(404);
    expect((await ada.send("GET", PATH)).status).toBe(200);
  });

  test("are for whoever has one: not for nobody, tokens, JWTs, or pages of another site", async () => {
    const server = await peopleServer(await settings());
    const ada = await server.signUp("ada@example.com");
    const [{ id }] = (await ada.send("GET", PATH)).json.data;
    const token = await ada.token(await ada.organizationId());
    for (const [method, path] of [
      ["GET", PATH],
      ["DELETE", `${PATH}/${id}`],
    ] as const) {
      expect((await new Browser(server.url).send(method, path)).status).toBe(401);
      expect((await server.operator(method, path)).status).toBe(403);
      expect((await new Browser(server.url).send(method, path, undefined, { authorization: `Bearer ${token}` })).status).toBe(403);
    }
    expect(
      (await ada.send("DELETE", `${PATH}/${id}`, undefined, { origin: "https://evil.example", "sec-fetch-site": "cross-site" })).status,
    ).toBe(403);
    expect((await ada.send("GET", PATH)).json.data).toHaveLength(1);
  });
});
