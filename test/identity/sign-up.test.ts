/** Making an account: with a password and without an invitation, by an invitation, and what must leave nothing behind. */
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lastWorkAskedFor } from "../support/cheap-passwords.ts";
import { Browser, PASSWORD, type PeopleServer, peopleServer } from "../support/people.ts";
import { secret } from "../support/root.ts";

/** The token of a new invitation to an organization. */
async function invite(server: PeopleServer, organizationId: string, role = "member"): Promise<string> {
  const { link } = (await server.operator("POST", `/keyward/v1/organizations/${organizationId}/invitations`, { role })).json;
  return secret(new URL(link).hash.slice(1));
}

function signUp(browser: Browser, email: string, more: Record<string, unknown> = {}) {
  return browser.send("POST", "/keyward/auth/sign-up/email", { name: "Ada", email, password: PASSWORD, ...more });
}

const members = async (server: PeopleServer, organizationId: string): Promise<{ user: { email: string }; role: string }[]> =>
  (await server.operator("GET", `/keyward/v1/organizations/${organizationId}/members`)).json.data;

/** What is in the database of a server, asked beside it. */
function inDatabase<Row>(server: PeopleServer, text: string): Row[] {
  const database = new DatabaseSync(`${server.directory}/keyward.db`);
  try {
    return database.prepare(text).all() as Row[];
  } finally {
    database.close();
  }
}
type Counts = Record<"users" | "accounts" | "sessions" | "organizations" | "members", number>;
const counts = (server: PeopleServer): Counts =>
  inDatabase<Counts>(
    server,
    "select (select count(*) from users) as users, (select count(*) from accounts) as accounts, (select count(*) from sessions) as sessions, (select count(*) from organizations) as organizations, (select count(*) from members) as members",
  )[0]!;

let people = 0;
/** An address that nobody has. */
const newEmail = () => `ada${++people}@example.com`;

describe.each(["invited", "open"])("signing up by an invitation, where passwords are %s,", (policy) => {
  let server: PeopleServer;
  let stop: (() => Promise<void>) | undefined;
  beforeAll(async () => {
    server = await peopleServer({ KEYWARD_PASSWORD_SIGN_IN: policy }, { whenDone: (end) => (stop = end) });
  });
  afterAll(() => stop?.());

  test("makes the account a member with the role of the invitation, and of no organization of its own, now and at every further sign-in", async () => {
    const organizationId = await server.newOrganization();
    const invitation = await invite(server, organizationId, "admin");
    const [ada, email, before] = [new Browser(server.url), newEmail(), counts(server)];
    expect((await signUp(ada, email, { invitation })).status).toBe(204);
    expect((await ada.session()).organizations).toEqual([expect.objectContaining({ id: organizationId, role: "admin" })]);
    const again = new Browser(server.url);
    await again.send("POST", "/keyward/auth/sign-in/email", { email, password: PASSWORD });
    expect((await again.session()).organizations).toHaveLength(1);

    const { id } = (await ada.session()).user;
    await server.operator("DELETE", `/keyward/v1/organizations/${organizationId}/members/${id}`);
    await again.send("POST", "/keyward/auth/sign-in/email", { email, password: PASSWORD });
    expect((await again.session()).organizations, "removed, and signed in once more").toEqual([]);
    expect(counts(server)).toMatchObject({ organizations: before.organizations, members: before.members });
    expect(
      (await again.send("POST", "/keyward/v1/invitations/accept", { token: invitation })).status,
      "who was removed does not come back by the same link",
    ).toBe(404);
  });

  test("uses it up: the same link makes no second account and no second member", async () => {
    const organizationId = await server.newOrganization();
    const invitation = await invite(server, organizationId);
    const email = newEmail();
    await signUp(new Browser(server.url), email, { invitation });
    const before = counts(server);
    const second = new Browser(server.url);
    const refused = await signUp(second, newEmail(), { invitation });
    expect([refused.status, refused.json.detail, second.isSignedIn]).toEqual([
      403,
      "This invitation is not in force: it may have been used or withdrawn, or have expired.",
      false,
    ]);
    expect(counts(server)).toEqual(before);
    expect((await members(server, organizationId)).map(({ user }) => user.email)).toEqual([email]);
  });

  test("of many at once one wins, and the others leave no account behind, whatever they race with", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 6 }), fc.boolean(), async (rivals, sameAddress) => {
        const organizationId = await server.newOrganization();
        const invitation = await invite(server, organizationId);
        const before = counts(server);
        const address = newEmail();
        const browsers = Array.from({ length: rivals }, () => new Browser(server.url));
        const replies = await Promise.all(browsers.map((browser) => signUp(browser, sameAddress ? address : newEmail(), { invitation })));
        expect(replies.map(({ status }) => status).filter((status) => status === 204)).toHaveLength(1);
        expect(replies.filter(({ status }) => status !== 204).every(({ status }) => status === 403 || status === 409)).toBe(true);
        expect(browsers.map(({ isSignedIn }) => isSignedIn)).toEqual(replies.map(({ status }) => status === 204));
        expect(counts(server)).toEqual({
          users: before.users + 1,
          accounts: before.accounts + 1,
          sessions: before.sessions + 1,
          organizations: before.organizations,
          members: before.members + 1,
        });
      }),
      { numRuns: 6 },
    );
  });

  // biome-ignore format: a table
  test.each<[string, Record<string, unknown>, number, string?]>([
    ["an e-mail address that is taken",     { email: "taken@example.com" },                       409],
    ["an e-mail address with a line break", { email: "ada@example.com\r\nbcc: eve@example.com" }, 400, "email"],
    ["a reserved e-mail address",           { email: "ada@keyward.invalid" },                     400, "email"],
    ["a name that turns the text around",   { name: "Ada\u202egnp.exe" },                         400, "name"],
    ["a name that shows nothing",           { name: " \u200b " },                                 400, "name"],
    ["a password that is too short",        { password: "short" },                                400, "password"],
  ])("is refused with %s; the invitation stays good, and no account is left behind", async (_what, fault, status, field) => {
    const organizationId = await server.newOrganization();
    await signUp(new Browser(server.url), "taken@example.com", { invitation: await invite(server, organizationId) });
    const invitation = await invite(server, organizationId);
    const before = counts(server);
    const [ada, email] = [new Browser(server.url), newEmail()];
    const refused = await signUp(ada, email, { invitation, ...fault });
    expect([refused.status, refused.json.errors?.[0]?.field]).toEqual([status, field ?? "email"]);
    expect(counts(server)).toEqual(before);
    expect((await signUp(ada, email, { invitation })).status).toBe(204);
    expect((await ada.session()).organizations).toHaveLength(1);
  });

  test.each<[string, (server: PeopleServer, organizationId: string) => Promise<string>]>([
    [
      "withdrawn",
      async (server, organizationId) => {
        const path = `/keyward/v1/organizations/${organizationId}/invitations`;
        const made = (await server.operator("POST", path, { role: "member" })).json;
        await server.operator("DELETE", `${path}/${made.id}`);
        return secret(new URL(made.link).hash.slice(1));
      },
    ],
    [
      "expired",
      async (server, organizationId) => {
        const token = await invite(server, organizationId);
        const database = new DatabaseSync(`${server.directory}/keyward.db`);
        database.exec(`update invitations set expires_at = 1 where organization_id = '${organizationId}'`);
        database.close();
        return token;
      },
    ],
    ["never made", async () => `kwi_${"a".repeat(49)}`],
    ["empty", async () => ""],
  ])("is refused with an invitation that was %s", async (_how, tokenOf) => {
    const organizationId = await server.newOrganization();
    const invitation = await tokenOf(server, organizationId);
    const [ada, before] = [new Browser(server.url), counts(server)];
    expect((await signUp(ada, newEmail(), { invitation })).status).toBe(403);
    expect([ada.isSignedIn, counts(server)]).toEqual([false, before]);
  });

  test("is in the audit log of the organization under the person who joined", async () => {
    const organizationId = await server.newOrganization();
    const ada = new Browser(server.url);
    await signUp(ada, newEmail(), { invitation: await invite(server, organizationId) });
    const { id } = (await ada.session()).user;
    expect(
      inDatabase(
        server,
        `select action, actor, subject_id from audit where action like 'member.%' and organization_id = '${organizationId}'`,
      ),
    ).toEqual([{ action: "member.joined", actor: id, subject_id: id }]);
  });
});

test("without an invitation, `open` creates an account with an organization of its own, and `invited` creates none", async () => {
  const invited = await peopleServer({ KEYWARD_PASSWORD_SIGN_IN: "invited" });
  const refused = await signUp(new Browser(invited.url), "ada@example.com");
  expect([refused.status, refused.json.detail]).toEqual([403, "A new account needs an invitation."]);
  expect(counts(invited)).toEqual({ users: 0, accounts: 0, sessions: 0, organizations: 0, members: 0 });
  const open = await peopleServer();
  const ada = new Browser(open.url);
  expect((await signUp(ada, "Ada@Example.com")).status).toBe(204);
  expect(await ada.session()).toMatchObject({ user: { email: "ada@example.com" }, organizations: [{ role: "owner" }] });
});

test("only the person who has accepted may accept again, and it changes nothing", async () => {
  const server = await peopleServer();
  const organizationId = await server.newOrganization();
  const token = await invite(server, organizationId);
  const [ada, eve] = [await server.signUp("ada@example.com"), await server.signUp("eve@example.com", "Eve")];
  const accept = (browser: Browser) => browser.send("POST", "/keyward/v1/invitations/accept", { token });
  const replies = [await accept(ada), await accept(ada), await accept(eve)];
  expect(replies.map(({ status }) => status)).toEqual([200, 200, 404]);
  expect(replies[1]!.json).toEqual({ organizationId, role: "member" });
  expect(inDatabase(server, "select count(*) as joined from audit where action = 'member.joined'")).toEqual([{ joined: 1 }]);
});

test("a password is hashed with scrypt at a work that makes a stolen hash hard to reverse", async () => {
  const server = await peopleServer();
  await server.signUp(newEmail());
  // OWASP's recommendation for scrypt has 2^17, 8, 1: this needs a quarter of its memory.
  expect(lastWorkAskedFor).toEqual({ N: 2 ** 14, r: 16, p: 1 });
});
