/** Signing in, with the sign-in library on PostgreSQL. */
import { expect, test } from "vitest";
import { Browser, identityProvider, PASSWORD, type PeopleServer, peopleServer } from "../support/people.ts";
import { inPostgres, settingsOfTest } from "../support/postgres.ts";
import { secret } from "../support/root.ts";

async function invite(server: PeopleServer, organizationId: string): Promise<string> {
  const { link } = (await server.operator("POST", `/keyward/v1/organizations/${organizationId}/invitations`, { role: "member" })).json;
  return secret(new URL(link).hash.slice(1));
}

async function signIn(server: PeopleServer, email: string, password = PASSWORD): Promise<Browser> {
  const browser = new Browser(server.url);
  await browser.send("POST", "/keyward/auth/sign-in/email", { email, password });
  return browser;
}

test("with a password: an account, a session that ends, a wrong password, and a changed one", async () => {
  const server = await peopleServer(await settingsOfTest());
  const ada = await server.signUp("Ada@example.com");
  expect((await ada.session()).organizations).toHaveLength(1);
  expect((await ada.send("DELETE", "/keyward/v1/session")).status).toBeLessThan(300);
  expect((await ada.send("GET", "/keyward/v1/sessions")).status).toBe(401);
  expect((await signIn(server, "ada@example.com", "a wrong password")).isSignedIn).toBe(false);
  const again = await signIn(server, "ada@example.com");
  expect((await again.session()).organizations).toHaveLength(1);
  const newPassword = secret("another correct battery staple");
  const changed = await again.send("POST", "/keyward/auth/change-password", { currentPassword: PASSWORD, newPassword });
  expect(changed.status).toBeLessThan(300);
  expect((await signIn(server, "ada@example.com")).isSignedIn).toBe(false);
  expect((await signIn(server, "ada@example.com", newPassword)).isSignedIn).toBe(true);
  await expect(server.signUp("ada@example.com")).rejects.toThrow("no account: 4");
});

test("of eight who use one invitation at once, one gets an account, and nothing is left of the others", async () => {
  const settings = await settingsOfTest();
  const server = await peopleServer({ ...settings, KEYWARD_PASSWORD_SIGN_IN: "invited" });
  const organizationId = await server.newOrganization();
  const invitation = await invite(server, organizationId);
  const replies = await Promise.all(
    Array.from({ length: 8 }, (_, at) =>
      new Browser(server.url).send("POST", "/keyward/auth/sign-up/email", {
        ...{ name: "Ada", email: `ada${at}@example.com`, password: PASSWORD },
        invitation,
      }),
    ),
  );
  expect(replies.map(({ status }) => status).sort()).toEqual([204, ...Array(7).fill(403)]);
  const [left] = await inPostgres(
    settings.KEYWARD_DATABASE_URL!,
    "select (select count(*)::int from users) users, (select count(*)::int from accounts) accounts, (select count(*)::int from members) members",
  );
  expect(left).toEqual({ users: 1, accounts: 1, members: 1 });
});

test("at a provider: one account however many callbacks arrive at once, and a member by invitation", async () => {
  const provider = await identityProvider();
  const settings = await settingsOfTest();
  const server = await peopleServer({ ...settings, ...provider.env });
  const browsers = Array.from({ length: 6 }, () => new Browser(server.url));
  await Promise.all(browsers.map((browser) => browser.signInWith("oidc")));
  expect(browsers.filter((browser) => browser.isSignedIn).length).toBeGreaterThan(0);
  const [left] = await inPostgres(
    settings.KEYWARD_DATABASE_URL!,
    "select (select count(*)::int from users) users, (select count(*)::int from accounts) accounts, (select count(*)::int from organizations) organizations",
  );
  expect(left).toEqual({ users: 1, accounts: 1, organizations: 1 });
  const ada = browsers.find((browser) => browser.isSignedIn)!;
  const organizationId = await server.newOrganization();
  const accepted = await ada.send("POST", "/keyward/v1/invitations/accept", { token: await invite(server, organizationId) });
  expect(accepted.status).toBe(200);
  expect((await ada.session()).organizations).toHaveLength(2);
});
