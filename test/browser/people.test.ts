/** People of an organization, their accounts, and whoever operates the server: each flow by hand, with as many people as it has. */
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { announceFault, newPage, signedInPage } from "../support/browser.ts";
import { PASSWORD } from "../support/people.ts";
import { PASSWORDS, signedIn, signedInOperator, type Visitor } from "../support/people-at-server.ts";
import { suiteServer } from "../support/server.ts";
import { secretIn } from "../support/shown-secrets.ts";

const server = suiteServer({ env: PASSWORDS });
/** Without any way to sign in but the operator's link. */
const bare = suiteServer();

let people = 0;
const newEmail = () => `person-${++people}@example.com`;
const settings = ({ organizationId }: { organizationId: string }, screen: string) => `/org/${organizationId}/settings/${screen}`;
const row = (page: Page, text: string) => page.getByRole("row").filter({ hasText: text });
const dialog = (page: Page, name: string | RegExp) => page.getByRole("dialog", { name });

/** Invites with a role; the link is the dialog's. */
async function invite(page: Page, role: string, note: string): Promise<string> {
  await page.getByRole("button", { name: "Invite" }).click();
  const form = dialog(page, "Invite somebody");
  await form.getByLabel("Role").selectOption({ label: role });
  await form.getByLabel("Note").fill(note);
  await form.getByRole("button", { name: "Create link" }).click();
  const shown = dialog(page, "Invitation created");
  await shown.getByText("It is not shown again.").waitFor();
  const link = await secretIn(shown.getByLabel("Link"));
  await shown.getByRole("button", { name: "Done" }).click();
  await page.getByRole("table", { name: "Invitations" }).getByText(note).waitFor();
  expect(await page.content()).not.toContain(link.split("#")[1]);
  return link;
}

async function logIn(page: Page, email: string): Promise<void> {
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

describe("members", () => {
  test("an invitation's link lets a new person create an account, which joins at once; a used link says so to everybody else", async () => {
    const { page, organizationId } = await signedInPage(server);
    await page.goto(settings({ organizationId }, "members"));
    const link = await invite(page, "Member", "Grace");
    const grace = await newPage(server);
    await grace.goto(link);
    await grace.getByText("You join as a member.").waitFor();
    expect(grace.url()).not.toContain("#");
    for (const [label, text] of [
      ["Name", "Grace Hopper"],
      ["E-mail", newEmail()],
      ["Password", PASSWORD],
    ] as const)
      await grace.getByLabel(label).fill(text);
    await grace.getByRole("button", { name: "Create account" }).click();
    await grace.getByRole("heading", { name: "API Keys", exact: true }).waitFor();
    expect(new URL(grace.url()).pathname).toBe(settings({ organizationId }, "api-keys"));
    await page.reload();
    await row(page, "Grace Hopper").waitFor();
    await page.getByText("No open invitations.").waitFor();
    const late = await newPage(server);
    announceFault(late, /status of 404/);
    await late.goto(link);
    await late.getByRole("heading", { name: "This invitation is no longer valid" }).waitFor();
    await late.getByText("It was used or withdrawn").waitFor();
  });

  test("somebody with an organization of their own signs in, joins, and goes from one organization to the other", async () => {
    const { page, organizationId } = await signedInPage(server);
    await server.operator("PATCH", `/keyward/v1/organizations/${organizationId}`, { name: "Acme Rockets" });
    await page.goto(settings({ organizationId }, "members"));
    const link = await invite(page, "Viewer", "Charles");
    const charles = await signedIn(server, { name: "Charles Babbage" });
    await charles.browser.send("PATCH", `/keyward/v1/organizations/${charles.organizationId}`, { name: "Engines" });
    const other = await newPage(server);
    await other.goto(link);
    await other.getByText("Acme Rockets invites you").waitFor();
    await other.getByRole("button", { name: "I have an account. Sign in" }).click();
    await logIn(other, charles.email);
    await other.getByRole("button", { name: "Join Acme Rockets" }).click();
    await other.getByRole("button", { name: "Organization Acme Rockets, change it" }).click();
    await other.getByRole("menuitemradio", { name: "Engines" }).click();
    await other.getByRole("button", { name: "Organization Engines, change it" }).waitFor();
    expect(new URL(other.url()).pathname).toBe(settings(charles, "api-keys"));
    await other.getByRole("button", { name: "Create API key" }).first().waitFor();
    await other.getByRole("button", { name: "Organization Engines, change it" }).click();
    await other.getByRole("menuitemradio", { name: "Acme Rockets" }).click();
    await other.waitForURL(`**${settings({ organizationId }, "api-keys")}`);
    await other.getByText("Your role can view keys, but not create them.").waitFor();
    expect(await other.getByRole("button", { name: "Create API key" }).count()).toBe(0);
  });

  test("an invitation that was withdrawn is refused", async () => {
    const { page, organizationId } = await signedInPage(server);
    await page.goto(settings({ organizationId }, "members"));
    const link = await invite(page, "Admin", "a mistake");
    await page.getByRole("button", { name: "Withdraw the invitation for a mistake" }).click();
    await dialog(page, /^Withdraw/)
      .getByRole("button", { name: "Withdraw" })
      .click();
    await page.getByText("No open invitations.").waitFor();
    const late = await newPage(server);
    announceFault(late, /status of 404/);
    await late.goto(link);
    await late.getByRole("heading", { name: "This invitation is no longer valid" }).waitFor();
  });

  test("a new role takes effect at once; a viewer sees no controls; a person who has left sees nothing", async () => {
    const { page, organizationId } = await signedInPage(server);
    const { id: keyId } = await server.newKey(organizationId, { name: "production" });
    const { page: grace } = await signedInPage(server, "admin", { organizationId });
    await grace.goto(settings({ organizationId }, "members"));
    await grace.getByRole("button", { name: "Invite" }).waitFor();
    await page.goto(settings({ organizationId }, "members"));
    const roles = page.getByRole("combobox", { name: /^Role of/ });
    await expect.poll(() => roles.count()).toBe(2);
    const ofGrace = (await roles.nth(0).inputValue()) === "admin" ? roles.nth(0) : roles.nth(1);
    await ofGrace.selectOption("viewer");
    await page.getByText(/ is now Viewer$/).waitFor({ state: "attached" });

    await grace.reload();
    await grace.getByText("Only owners and admins can change roles").waitFor();
    await grace.getByRole("button", { name: "Leave the organization" }).waitFor();
    expect(await grace.getByRole("combobox").count()).toBe(0);
    expect(await grace.getByRole("button", { name: /invite|remove/i }).count()).toBe(0);
    await grace.getByRole("link", { name: "API Keys" }).click();
    await grace.getByRole("link", { name: "production" }).waitFor();
    const controls = grace
      .getByRole("main")
      .getByRole("button", { name: /^(?:Create |Link |Revoke|Rotate|Edit|More for)/ })
      .or(grace.getByRole("switch"));
    expect(await controls.count()).toBe(0);
    await grace.getByRole("link", { name: "production" }).click();
    await grace.getByRole("heading", { name: "Limits" }).waitFor();
    expect(await controls.count()).toBe(0);
    await grace.getByRole("link", { name: "General" }).click();
    await grace.getByRole("heading", { name: "General" }).waitFor();
    expect(await grace.getByRole("button", { name: "Save" }).count()).toBe(0);

    await grace.getByRole("link", { name: "Members" }).click();
    await grace.getByRole("button", { name: "Leave the organization" }).click();
    await dialog(grace, /^Leave /)
      .getByRole("button", { name: "Leave" })
      .click();
    await grace.waitForURL((url) => !url.pathname.includes(organizationId));
    announceFault(grace, /status of 404/);
    await grace.goto(`${settings({ organizationId }, "api-keys")}/${keyId}`);
    await grace.getByText("There is no such key").waitFor();
    expect(await grace.locator("body").innerText()).not.toContain("production");
  });
});

describe("the account", () => {
  const elsewhere = (visitor: Visitor, userAgent: string) =>
    visitor.browser.send("POST", "/keyward/auth/sign-in/email", { email: visitor.email, password: PASSWORD }, { "user-agent": userAgent });

  test("sessions are listed with what their browsers say, as text, and each can be ended alone", async () => {
    const { page, visitor } = await signedInPage(server);
    const markup = '<img src=x onerror="globalThis.wasRun = 1"> Firefox/1 (Linux)';
    await elsewhere(visitor, markup);
    await page.goto("/keyward/account");
    const sessions = page.getByRole("table", { name: "Sessions" });
    await sessions.getByRole("button", { name: "End the session of Firefox on Linux" }).waitFor();
    await sessions.getByText("Firefox on Linux").hover();
    await page.getByText(markup).last().waitFor();
    expect([await page.locator('img[src="x"]').count(), await page.evaluate("globalThis.wasRun")]).toEqual([0, undefined]);
    expect(await sessions.getByText("This session").count()).toBe(1);
    expect((await visitor.browser.session()).user.email).toBe(visitor.email);
    await sessions.getByRole("button", { name: "End the session of Firefox on Linux" }).click();
    await sessions.getByText("Firefox on Linux").waitFor({ state: "detached" });
    expect((await visitor.browser.session()).user).toBeNull();
    await page.reload();
    await sessions.getByText("This session").waitFor();
  });

  test("a new password needs the old one, ends all other sessions, and works from then on", async () => {
    const { page, visitor } = await signedInPage(server);
    await elsewhere(visitor, "curl/8");
    announceFault(page, /status of 400/);
    announceFault(page, /status of 401/);
    await page.goto("/keyward/account");
    const change = async (current: string, next: string) => {
      await page.getByLabel("Current password").fill(current);
      await page.getByLabel("New password").fill(next);
      await page.getByRole("button", { name: "Change password" }).click();
    };
    await change("not my password", "another long passphrase");
    await page.getByText("This is not your password.").waitFor();
    await change(PASSWORD, "short");
    await page.getByText("A password has 12 to 128 characters.").waitFor();
    await change(PASSWORD, "another long passphrase");
    await page.getByText("Password changed").waitFor({ state: "attached" });
    await page.getByRole("table", { name: "Sessions" }).getByText("curl", { exact: true }).waitFor({ state: "detached" });
    expect((await visitor.browser.session()).user).toBeNull();
    await page.getByRole("button", { name: "Account of Ada Lovelace" }).click();
    await page.getByRole("menuitem", { name: "Sign out", exact: true }).click();
    await logIn(page, visitor.email);
    await page.getByRole("alert").getByText("No account here has this e-mail address and this password.").waitFor();
    await page.getByLabel("Password").fill("another long passphrase");
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("heading", { name: "API Keys", exact: true }).waitFor();
  });
});

describe("the operator", () => {
  let operator: ReturnType<typeof signedInOperator> | undefined;
  async function operatorPage(): Promise<Page> {
    operator ??= signedInOperator(bare);
    const page = await newPage(bare);
    await page.context().addCookies((await operator).cookies);
    await page.goto("/keyward/");
    await page.getByRole("heading", { name: "Organizations", exact: true }).waitFor();
    return page;
  }

  test("creates an organization, manages its keys, and changes its plan and limits", async () => {
    const page = await operatorPage();
    await page.getByRole("button", { name: "Create organization" }).click();
    const form = dialog(page, "Create organization");
    await form.getByLabel("Name").fill("Acme Rockets");
    await form.getByLabel("Plan").selectOption("free");
    await form.getByRole("button", { name: "Create organization" }).click();
    await page.getByRole("link", { name: "Acme Rockets" }).click();
    await page.getByRole("button", { name: "Create API key" }).first().waitFor();
    await page.getByRole("link", { name: "Plan and limits" }).click();
    await page.getByRole("heading", { name: "Plan free" }).waitFor();
    await page.getByText("0 of 10 keys; 10 more can be created").waitFor();
    await page.getByRole("combobox", { name: "Plan", exact: true }).selectOption("pro");
    await page.getByRole("combobox", { name: "Active keys" }).selectOption({ label: "A number" });
    await page.getByLabel("Active keys: number").fill("3");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("heading", { name: "Plan pro" }).waitFor();
    await page.getByText("0 of 3 keys; 3 more can be created").waitFor();
    await page.getByText("Set for this organization").waitFor();
  });

  test("creates a service token, which is shown once, verifies keys, and is refused once it is revoked", async () => {
    const { key } = await bare.newKey(await bare.newOrganization());
    const page = await operatorPage();
    await page.getByRole("link", { name: "Service tokens" }).click();
    await page.getByRole("button", { name: "Create service token" }).click();
    const form = dialog(page, "Create service token");
    await form.getByLabel("Name").fill("billing");
    await form.getByRole("button", { name: "Create service token" }).click();
    const shown = dialog(page, "Service token created");
    const token = await secretIn(shown.getByLabel("Token", { exact: true }));
    const verify = () => bare.operator("POST", "/keyward/v1/verify", { key }, { authorization: `Bearer ${token}` });
    expect((await verify()).status).toBe(200);
    await shown.getByRole("button", { name: "I have stored the token" }).click();
    await page.getByRole("button", { name: "Revoke billing" }).waitFor();
    expect(await page.content()).not.toContain(token);
    await page.getByRole("button", { name: "Revoke billing" }).click();
    await dialog(page, "Revoke billing?").getByRole("button", { name: "Revoke" }).click();
    await row(page, "billing").getByText("Revoked").waitFor();
    expect((await verify()).status).toBe(401);
  });

  test("other people see on the operator's pages that these are only for the operator", async () => {
    const { page } = await signedInPage(server);
    for (const place of ["/keyward/organizations", "/keyward/service-tokens"]) {
      await page.goto(place);
      await page.getByRole("heading", { name: "Only the operator may see this" }).waitFor();
    }
    expect(await page.getByRole("link", { name: "Organizations" }).count()).toBe(0);
  });
});
