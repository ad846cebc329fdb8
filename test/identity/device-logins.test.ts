/** Signing in on a terminal over HTTP: what a code opens, for whom, and what guessing one costs. */
import { describe, expect, test } from "vitest";
import { Browser, peopleServer } from "../support/people.ts";
import { secret } from "../support/root.ts";
import { call } from "../support/server.ts";
import { testService } from "../support/service.ts";

const PATH = "/keyward/v1/device-logins";

async function scene(env: Record<string, string> = {}) {
  const server = await peopleServer(env);
  const ada = await server.signUp("ada@example.com");
  const nobody = new Browser(server.url);
  const begin = async () => (await nobody.send("POST", PATH, { client: "keyward on laptop" })).json;
  const take = async (deviceCode: string) => nobody.send("POST", `${PATH}/take`, { deviceCode });
  const as = (token: string, method: string, path: string, body?: unknown) =>
    call(server.url + path, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { "content-type": "application/json" }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  return { server, ada, nobody, begin, take, as };
}

describe("a login", () => {
  test("gives a session of the person who lets it in, once", async () => {
    const { server, ada, begin, take, as } = await scene();
    const { userCode, deviceCode, url, intervalSeconds } = await begin();
    expect([userCode, url, intervalSeconds]).toEqual([
      expect.stringMatching(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/),
      `${server.url}/keyward/device?code=${userCode}`,
      2,
    ]);
    expect((await take(deviceCode)).json).toEqual({ token: null, expiresAt: null });
    expect((await ada.send("POST", `${PATH}/approve`, { userCode })).status).toBe(204);
    const token = secret((await take(deviceCode)).json.token);
    expect((await take(deviceCode)).status).toBe(404);
    const organization = await ada.organizationId();
    expect((await as(token, "GET", `/keyward/v1/organizations/${organization}`)).status).toBe(200);
    expect((await as(token, "GET", "/keyward/v1/session")).json).toMatchObject({ user: { email: "ada@example.com" }, isOperator: false });
    // Where the person sees their sessions they can end it.
    const { data } = (await ada.send("GET", "/keyward/v1/sessions")).json;
    const listed = data.find((each: { userAgent: string }) => each.userAgent === "keyward on laptop");
    expect((await ada.send("DELETE", `/keyward/v1/sessions/${listed.id}`)).status).toBe(204);
    expect((await as(token, "GET", `/keyward/v1/organizations/${organization}`)).status).toBe(401);
  });

  test("opens only what is the person's: other organizations and their keys do not exist", async () => {
    const { server, ada, begin, take, as } = await scene();
    const { userCode, deviceCode } = await begin();
    await ada.send("POST", `${PATH}/approve`, { userCode });
    const token = secret((await take(deviceCode)).json.token);
    const foreign = await server.newOrganization();
    const key = (await server.operator("POST", `/keyward/v1/organizations/${foreign}/keys`, {})).json;
    secret(key.key);
    expect((await as(token, "GET", `/keyward/v1/organizations/${foreign}`)).status).toBe(404);
    expect((await as(token, "GET", `/keyward/v1/keys/${key.id}`)).status).toBe(404);
    expect((await as(token, "GET", "/keyward/v1/organizations")).status).toBe(403);
    const own = (await as(token, "POST", `/keyward/v1/organizations/${await ada.organizationId()}/keys`, { name: "own" })).json;
    secret(own.key);
    expect((await as(token, "GET", `/keyward/v1/keys/${own.id}`)).json.name).toBe("own");
  });

  test("is let in with a browser alone: the token of a terminal lets no other terminal in", async () => {
    const { ada, begin, take, as, nobody } = await scene();
    const first = await begin();
    await ada.send("POST", `${PATH}/approve`, { userCode: first.userCode });
    const token = secret((await take(first.deviceCode)).json.token);
    const { userCode, deviceCode } = await begin();
    expect((await as(token, "POST", `${PATH}/approve`, { userCode })).status).toBe(403);
    expect((await nobody.send("POST", `${PATH}/approve`, { userCode })).status).toBe(401);
    expect(
      (await ada.send("POST", `${PATH}/approve`, { userCode }, { origin: "https://evil.example", "sec-fetch-site": "cross-site" })).status,
    ).toBe(403);
    expect((await take(deviceCode)).json.token).toBeNull();
  });

  test("that was refused or let in is not found any more, by nobody", async () => {
    const { server, ada, begin, take } = await scene();
    const grace = await server.signUp("grace@example.com");
    const [refused, used] = [await begin(), await begin()];
    expect((await ada.send("POST", `${PATH}/refuse`, { userCode: refused.userCode })).status).toBe(204);
    expect((await ada.send("POST", `${PATH}/approve`, { userCode: used.userCode })).status).toBe(204);
    for (const { userCode } of [refused, used])
      for (const verb of ["read", "approve", "refuse"])
        expect((await grace.send("POST", `${PATH}/${verb}`, { userCode })).status).toBe(404);
    expect((await take(refused.deviceCode)).status).toBe(404);
    secret((await take(used.deviceCode)).json.token);
  });
});

describe("guessing", () => {
  test.each([
    ["a user code", "read", { userCode: "BBBB-BBBB" }],
    ["a device code", "take", { deviceCode: "kwd_guessed" }],
  ])("%s counts as a failed attempt of the address", async (_sentence, verb, body) => {
    const { ada } = await scene({ KEYWARD_FAILED_ATTEMPTS: "3" });
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 5; attempt++) statuses.push((await ada.send("POST", `${PATH}/${verb}`, body)).status);
    expect(statuses).toEqual([404, 404, 404, 429, 429]);
  });

  test("beginning many logins is limited like signing in", async () => {
    const { nobody } = await scene({ KEYWARD_SIGN_IN_ATTEMPTS: "4" });
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 5; attempt++) statuses.push((await nobody.send("POST", PATH, { client: "x" })).status);
    expect(statuses.at(-1)).toBe(429);
    expect(statuses[0]).toBe(201);
  });

  test.each([
    ["", 400],
    ["a\nb", 400],
    ["x".repeat(101), 400],
  ])("a client %j is refused", async (client, status) => {
    const { nobody } = await scene();
    expect((await nobody.send("POST", PATH, { client })).status).toBe(status);
  });
});

test("a code works for ten minutes, and the session for thirty days", async () => {
  const { service, clock } = await testService();
  const person = { name: "Ada", email: "ada@example.com", emailVerified: true, image: null, account: { passwordHash: "x" } };
  const added = await service.people.add(person);
  if (!added.ok) throw new Error(added.problem.detail);
  const userId = added.value ?? "";
  const begin = () => service.deviceLogins.begin({ client: "x", address: "" });
  const late = await begin();
  clock.now += 10 * 60_000;
  expect([(await service.deviceLogins.letIn(late.userCode, userId)).ok, (await service.deviceLogins.take(late.deviceCode)).ok]).toEqual([
    false,
    false,
  ]);
  const inTime = await begin();
  clock.now += 10 * 60_000 - 1;
  expect((await service.deviceLogins.letIn(inTime.userCode, userId)).ok).toBe(true);
  const taken = await service.deviceLogins.take(inTime.deviceCode);
  const token = secret((taken.ok && taken.value?.token) || "");
  expect(await service.deviceLogins.session(token)).toMatchObject({ user: { id: userId } });
  clock.now += 30 * 86_400_000;
  expect(await service.deviceLogins.session(token)).toBeUndefined();
});
