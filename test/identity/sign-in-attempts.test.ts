/** Attempts to sign in: limited for each address, spaced for each account, and never a way to lock somebody out. */
import { expect, test } from "vitest";
import { type InProcessOptions, inProcess } from "../http/in-process.ts";
import { sendRaw } from "../http/raw-http.ts";
import { Browser, PASSWORD } from "../support/people.ts";

const ADA = "ada@example.com";
const WRONG = "wrong wrong wrong";
const SIGN_IN = "/keyward/auth/sign-in/email";

/** A server where Ada has an account, made in a browser of hers; `attempt` is a stranger's, each from an address of its own. */
async function withAda(options: InProcessOptions = {}) {
  const server = await inProcess({ signIn: { password: "open" }, trustedProxies: ["127.0.0.1"], ...options });
  const ada = new Browser(server.url);
  const made = await ada.send("POST", "/keyward/auth/sign-up/email", { name: "Ada", email: ADA, password: PASSWORD }, own);
  expect(made.status).toBe(204);
  let strangers = 0;
  const attempt = (email = ADA, password = WRONG, address = `2001:db8:0:${(++strangers).toString(16)}::1`) =>
    server.request("POST", SIGN_IN, { email, password }, null, { "x-forwarded-for": address });
  return { ...server, ada, attempt };
}

/** The server of these tests believes to be at this origin. */
const own = { origin: "http://127.0.0.1:4000", "sec-fetch-site": "same-origin" };
const waitOf = (reply: { status: number; headers: Headers }) => [reply.status, reply.headers.get("retry-after")];

test("an address that tries again and again must wait until Retry-After has passed; another one need not", async () => {
  const { attempt, clock } = await withAda({ signInAttemptsPerMinute: 3 });
  const from = (address: string, turn: number) => attempt(`nobody-${turn}@example.com`, WRONG, address);
  for (let turn = 0; turn < 3; turn++) expect((await from("192.0.2.1", turn)).status).toBe(401);
  clock.now += 20_000;
  expect(waitOf(await from("192.0.2.1", 4))).toEqual([429, "40"]);
  expect((await from("192.0.2.2", 5)).status).toBe(401);
  clock.now += 39_999;
  expect(waitOf(await from("192.0.2.1", 6))).toEqual([429, "1"]);
  clock.now += 1;
  expect((await from("192.0.2.1", 7)).status).toBe(401);
});

test("attempts at one account are spaced, whatever addresses they come from, and Retry-After is true", async () => {
  const { attempt, clock } = await withAda();
  for (let turn = 0; turn < 5; turn++) expect((await attempt()).status).toBe(401);
  for (const seconds of [1, 2, 4]) {
    expect(waitOf(await attempt())).toEqual([429, String(seconds)]);
    clock.now += seconds * 1_000 - 1;
    expect(waitOf(await attempt())).toEqual([429, "1"]);
    clock.now += 1;
    expect((await attempt()).status).toBe(401);
  }
  expect((await attempt("grace@example.com")).status, "another account").toBe(401);
});

test("attempts at an unknown account are spaced like those at a known one, byte for byte", async () => {
  const { attempt } = await withAda();
  const responses: Record<string, string[]> = {};
  for (const email of [ADA, "nobody@example.com"]) {
    responses[email] = [];
    for (let turn = 0; turn < 6; turn++) {
      const { status, text, headers } = await attempt(email);
      responses[email]?.push(JSON.stringify([status, text, [...headers].filter(([name]) => name !== "date")]));
    }
  }
  expect(responses["nobody@example.com"]).toEqual(responses[ADA]);
});

test("of twenty wrong passwords at once five are looked at", async () => {
  const { attempt } = await withAda();
  const statuses = (await Promise.all(Array.from({ length: 20 }, () => attempt()))).map(({ status }) => status);
  expect([statuses.filter((status) => status === 401).length, statuses.filter((status) => status === 429).length]).toEqual([5, 15]);
});

test("endless attempts by strangers do not keep the owner out of a known browser; an unknown one waits half a minute at most", async () => {
  const { attempt, ada, clock } = await withAda();
  for (let turn = 0; turn < 6; turn++) await attempt();
  expect((await attempt()).status).toBe(429);
  ada.cookies.delete("keyward.session_token");
  expect((await ada.send("POST", SIGN_IN, { email: ADA, password: PASSWORD }, own)).status).toBe(204);
  expect(ada.isSignedIn).toBe(true);
  // That was no success of the strangers: they wait on.
  expect((await attempt()).status).toBe(429);
  expect((await attempt(ADA, PASSWORD)).status).toBe(429);
  clock.now += 30_000;
  expect((await attempt(ADA, PASSWORD)).status).toBe(204);
});

test("a known browser is spaced for itself, and known for its own account alone", async () => {
  const { attempt, ada } = await withAda();
  ada.cookies.delete("keyward.session_token");
  expect(ada.cookies.get("keyward.device")).toMatch(/^[\w-]{22}\.[\w-]{43}$/);
  for (let turn = 0; turn < 5; turn++) expect((await ada.send("POST", SIGN_IN, { email: ADA, password: WRONG }, own)).status).toBe(401);
  expect((await ada.send("POST", SIGN_IN, { email: ADA, password: WRONG }, own)).status).toBe(429);
  expect((await attempt()).status, "others have their own five").toBe(401);
});

test("a device cookie that was made up, altered or made for another account is none", async () => {
  const { identity } = await withAda();
  const [cookie = ""] = identity.deviceCookie(ADA).split(";");
  const [device] = cookie.split("=")[1]?.split(".") ?? [];
  expect(identity.knownDevice(`a=b; ${cookie}`, ADA)).toBe(device);
  expect(identity.knownDevice(`keyward.device=${"x".repeat(22)}.${"y".repeat(43)}; ${cookie}`, ADA), "one was planted beside it").toBe(
    device,
  );
  expect(identity.knownDevice(cookie, ADA.toUpperCase())).toBe(device);
  for (const [header, email] of [
    [cookie, "eve@example.com"],
    [`${cookie}x`, ADA],
    [cookie.replace("device=", "device=x"), ADA],
    [cookie.replace(/=(.)/, (_, first) => (first === "_" ? "=-" : "=_")), ADA],
    ["keyward.device=.", ADA],
    ["", ADA],
    [undefined, ADA],
  ] as const)
    expect(identity.knownDevice(header, email)).toBe(undefined);
});

test("the right password forgets the failures before it", async () => {
  const { attempt } = await withAda();
  for (let turn = 0; turn < 4; turn++) await attempt();
  expect((await attempt(ADA, PASSWORD)).status).toBe(204);
  for (let turn = 0; turn < 5; turn++) expect((await attempt()).status).toBe(401);
  expect((await attempt()).status).toBe(429);
});

test("a session does not let anybody try passwords faster by changing the password; each wrong one is a failed attempt", async () => {
  const { ada, attempts } = await withAda();
  const before = attempts.answered.refused;
  const change = () =>
    ada.send("POST", "/keyward/auth/change-password", { currentPassword: WRONG, newPassword: "another good password" }, own);
  for (let turn = 0; turn < 5; turn++) expect((await change()).json).toMatchObject({ status: 400, errors: [{ field: "currentPassword" }] });
  expect(waitOf(await change())).toEqual([429, "1"]);
  expect(attempts.answered.refused - before).toBe(5);
});

test("another site's page cannot use up a person's attempts", async () => {
  const { request } = await withAda({ signInAttemptsPerMinute: 2 });
  for (let turn = 0; turn < 5; turn++)
    expect(
      (
        await request("POST", SIGN_IN, { email: ADA, password: WRONG }, null, {
          origin: "https://evil.test",
          "sec-fetch-site": "cross-site",
        })
      ).status,
    ).toBe(403);
  expect((await request("POST", SIGN_IN, { email: ADA, password: PASSWORD }, null)).status).toBe(204);
});

test("the operator's link signs in from an address over every budget", async () => {
  const { request, identity, url } = await inProcess({
    failedAttemptsPerMinute: 1,
    signInAttemptsPerMinute: 1,
    signIn: { password: "open" },
  });
  for (const status of [401, 429]) expect((await request("GET", "/keyward/sign-in?code=wrong", undefined, null)).status).toBe(status);
  expect((await request("POST", SIGN_IN, { email: ADA, password: WRONG }, null)).status).toBe(429);
  const { pathname, search, host } = new URL((await identity.operatorLink()).url);
  const { status, header } = await sendRaw(url, [`GET ${pathname}${search} HTTP/1.1`, `Host: ${host}`]);
  expect([status, header("set-cookie")]).toEqual([303, expect.stringMatching(/^keyward\.session_token=/)]);
});
