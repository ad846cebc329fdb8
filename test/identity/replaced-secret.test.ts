/** What a person keeps when the master secret is replaced: the session. JWTs and device cookies end, because a leaked secret could sign them. */
import { expect, test } from "vitest";
import { readSessionCookie, signSessionAnew } from "../../identity/session-cookie.ts";
import { Browser, PASSWORD, peopleServer } from "../support/people.ts";
import { call } from "../support/server.ts";

const [OLD, NEW] = ["old-secret-".repeat(4), "new-secret-".repeat(4)] as [string, string];

async function replaced() {
  const before = await peopleServer({ KEYWARD_SECRET: OLD });
  const signedIn = await before.signUp("ada@example.com");
  const organizationId = await signedIn.organizationId();
  const token = await signedIn.token(organizationId);
  await before.stop();
  const after = await peopleServer({ KEYWARD_SECRET: NEW, KEYWARD_SECRET_PREVIOUS: OLD }, { directory: before.directory });
  const browser = new Browser(after.url);
  for (const [name, value] of signedIn.cookies) browser.cookies.set(name, value);
  return { after, browser, organizationId, token };
}

test("a session goes on, makes new JWTs, changes the password, and is ended by signing out", async () => {
  const { after, browser, organizationId, token } = await replaced();
  expect((await browser.session()).user).toMatchObject({ email: "ada@example.com" });
  const keys = (credential: string) =>
    call(`${after.url}/keyward/v1/organizations/${organizationId}/keys`, { headers: { authorization: `Bearer ${credential}` } });
  expect((await keys(token)).status).toBe(401);
  expect((await keys(await browser.token(organizationId))).status).toBe(200);
  const copy = new Browser(after.url);
  for (const [name, value] of browser.cookies) copy.cookies.set(name, value);
  const passwords = { currentPassword: PASSWORD, newPassword: `${PASSWORD} and more` };
  expect((await browser.send("POST", "/keyward/auth/change-password", passwords)).status).toBe(204);
  expect((await copy.send("GET", "/keyward/v1/sessions")).status).toBe(401);
  expect((await browser.send("DELETE", "/keyward/v1/session")).status).toBe(204);
});

test("once the previous secret is dropped, its sessions end and the person signs in again", async () => {
  const { after, browser } = await replaced();
  await after.stop();
  const dropped = await peopleServer({ KEYWARD_SECRET: NEW }, { directory: after.directory });
  const same = new Browser(dropped.url);
  for (const [name, value] of browser.cookies) same.cookies.set(name, value);
  expect((await same.send("GET", "/keyward/v1/sessions")).status).toBe(401);
  const fresh = new Browser(dropped.url);
  const reply = await fresh.send("POST", "/keyward/auth/sign-in/email", { email: "ada@example.com", password: PASSWORD });
  expect(reply.status).toBe(204);
});

test("a cookie is signed anew only if it was signed before, and other cookies stay as they are", () => {
  const signed = (token: string, secret: string) => {
    const header = signSessionAnew(`keyward.session_token=${encodeURIComponent(`${token}.`)}`, false, { from: secret, to: secret });
    return header;
  };
  expect(signed("token", OLD)).toBeUndefined();
  const forged = "a=1; keyward.session_token=token.AAAA; b=2";
  expect(signSessionAnew(forged, false, { from: OLD, to: NEW })).toBeUndefined();
  expect(readSessionCookie(forged, false, NEW, OLD)).toBeUndefined();
  expect(readSessionCookie(forged, false, NEW, undefined)).toBeUndefined();
});
