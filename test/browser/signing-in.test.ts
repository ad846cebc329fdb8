/** Signing in as people do it: each way in, what goes wrong on it, and coming to where one wanted to be. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, describe, expect, test } from "vitest";
import { announceFault, newPage, signedInPage } from "../support/browser.ts";
import { identityProvider, PASSWORD } from "../support/people.ts";
import { PASSWORDS, signedIn } from "../support/people-at-server.ts";
import { secret } from "../support/root.ts";
import { suiteServer, type TestServer } from "../support/server.ts";
import { gateAt } from "../support/trouble.ts";

let provider: Awaited<ReturnType<typeof identityProvider>>;
let closeProvider = () => {};
const open = suiteServer(async () => {
  provider = await identityProvider((end) => (closeProvider = end));
  return { env: { ...PASSWORDS, ...provider.env, OIDC_NAME: "Acme ID" } };
});
/** Its provider is on a port that nobody listens on. */
const invited = suiteServer({
  env: {
    ...PASSWORDS,
    KEYWARD_PASSWORD_SIGN_IN: "invited",
    OIDC_ISSUER: "http://127.0.0.1:9",
    OIDC_CLIENT_ID: "client",
    OIDC_CLIENT_SECRET: "client-secret",
    OIDC_NAME: "Acme ID",
  },
});
const bare = suiteServer();
afterAll(() => closeProvider());

const KEYS = /\/org\/org_\w+\/settings\/api-keys$/;
const atKeys = (page: Page) => page.getByRole("heading", { name: "API Keys", exact: true }).waitFor();

async function fillIn(page: Page, fields: Record<string, string>, deed: string): Promise<void> {
  for (const [label, text] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(text);
  await page.getByRole("button", { name: deed, exact: true }).click();
}

const signInAs = (page: Page, email: string, password = PASSWORD) => fillIn(page, { "E-mail": email, Password: password }, "Sign in");

let people = 0;
const newEmail = () => `new-${++people}@example.com`;

describe("with e-mail and password", () => {
  test("a wrong password is reported, what was typed stays, and the right one leads straight to the keys", async () => {
    const { email, organizationId } = await signedIn(open);
    const page = await newPage(open);
    announceFault(page, /status of 401/);
    await page.goto("/");
    await signInAs(page, email, "not the right password");
    await page.getByRole("alert").getByText("No account here has this e-mail address and this password.").waitFor();
    expect(await page.getByLabel("E-mail").inputValue()).toBe(email);
    await signInAs(page, email);
    await atKeys(page);
    expect(new URL(page.url()).pathname).toBe(`/org/${organizationId}/settings/api-keys`);
    await page.goBack();
    expect(page.url()).not.toContain("sign-in");
  });

  test("with open sign-up everybody can create an account; a short password and a taken address are refused under their fields", async () => {
    const { email: taken } = await signedIn(open);
    const page = await newPage(open);
    announceFault(page, /status of 4\d\d/);
    await page.goto("/keyward/");
    await page.getByRole("heading", { name: "Sign in to Keyward" }).waitFor();
    const gate = await gateAt(page, /\/sign-in\/email$/);
    await signInAs(page, taken, "not the right password");
    const create = page.getByRole("button", { name: "No account yet? Create one" });
    await expect.poll(() => create.isDisabled()).toBe(true);
    gate.set("pass");
    await page.getByRole("alert").first().waitFor();
    await create.click();
    await page.getByRole("heading", { name: "Create your Keyward account" }).waitFor();
    await page.getByText("12 characters or more.").waitFor();
    expect(await page.getByRole("alert").count()).toBe(0);
    await fillIn(page, { Name: "Grace", "E-mail": taken, Password: "too short" }, "Create account");
    await page.getByText("A password has 12 to 128 characters.").waitFor();
    expect(await page.getByLabel("Password").getAttribute("aria-invalid")).toBe("true");
    await fillIn(page, { Password: PASSWORD }, "Create account");
    await page.locator("input[type=email][aria-invalid=true]").waitFor();
    await fillIn(page, { "E-mail": newEmail() }, "Create account");
    await atKeys(page);
    expect(page.url()).toMatch(KEYS);
    await page.getByRole("heading", { name: "No API keys yet" }).waitFor();
  });

  test("if accounts need an invitation the page says so, and has no form to create one", async () => {
    const page = await newPage(invited);
    await page.goto("/keyward/sign-in");
    await page.getByText("To create an account you need an invitation").waitFor();
    expect(await page.getByRole("button", { name: /create/i }).count()).toBe(0);
  });
});

describe("with a provider", () => {
  test.each(["GitHub", "Acme ID"])("%s leads back to the page that was asked for", async (name) => {
    provider.state.person = { sub: String(++people), email: newEmail(), verified: true, name: "Ada" };
    const page = await newPage(open, { identityProvider: provider.state.issuer });
    await page.goto("/keyward/account");
    await page.getByRole("button", { name: `Continue with ${name}` }).click();
    await page.getByRole("heading", { name: "Account", exact: true }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/keyward/account");
    await page.getByText(provider.state.person.email).waitFor();
  });

  test.each(["GitHub", "Acme ID"])(
    "%s leads a newcomer who comes by an invitation to its organization, and to none of their own",
    async (name) => {
      const organizationId = (await open.operator("POST", "/keyward/v1/organizations", { name: "Acme Rockets" })).json.id;
      const { link } = (await open.operator("POST", `/keyward/v1/organizations/${organizationId}/invitations`, { role: "member" })).json;
      secret(link.split("#")[1]);
      provider.state.person = { sub: String(++people), email: newEmail(), verified: true, name: "Grace" };
      const page = await newPage(open, { identityProvider: provider.state.issuer });
      // The link is used up when the page is back, and the page asks for what it leads to.
      announceFault(page, /status of 404/);
      await page.goto(link);
      await page.getByText("Acme Rockets invites you").waitFor();
      await page.getByRole("button", { name: `Continue with ${name}` }).click();
      await atKeys(page);
      expect(new URL(page.url()).pathname).toBe(`/org/${organizationId}/settings/api-keys`);
      const session = await page.evaluate("fetch('/keyward/v1/session').then((reply) => reply.json())");
      expect(session).toMatchObject({ user: { name: "Grace" }, organizations: [{ id: organizationId, role: "member" }] });
      expect((session as { organizations: unknown[] }).organizations).toHaveLength(1);
    },
  );

  test("a person who did not agree there is told so, and still gets to the requested page after signing in", async () => {
    provider.state.person = { sub: String(++people), email: newEmail(), verified: true, name: "Ada" };
    const page = await newPage(open, { identityProvider: provider.state.issuer });
    await page.goto("/keyward/account");
    provider.state.agrees = false;
    await page.getByRole("button", { name: "Continue with GitHub" }).click();
    await page.getByText("The provider says that you cancelled.").waitFor();
    provider.state.agrees = true;
    await page.getByRole("button", { name: "Continue with GitHub" }).click();
    await page.getByRole("heading", { name: "Account", exact: true }).waitFor();
  });

  test("a provider that is down is reported", async () => {
    const page = await newPage(invited);
    announceFault(page, /status of 503/);
    await page.goto("/keyward/sign-in");
    await page.getByRole("button", { name: "Continue with Acme ID" }).click();
    await page.getByRole("alert").getByText("The provider cannot be reached.").waitFor();
  });
});

describe("with nothing switched on", () => {
  const link = () => /signs you in as the operator, once: (\S+)/.exec(readFileSync(join(bare.directory, "server.log"), "utf8"))?.[1] ?? "";

  test("the page says how the operator signs in, and which ways can be enabled", async () => {
    const page = await newPage(bare);
    await page.goto("/");
    await page.getByText("No way to sign in is set up yet.").waitFor();
    await page.getByText("a link that bin/keyward sign-in makes on the server's machine").waitFor();
    await page.getByText("docs/sign-in.md").waitFor();
    expect(await page.getByRole("button").count()).toBe(0);
  });

  test("the operator's link signs in once, and then leads to a sentence that helps", async () => {
    const page = await newPage(bare);
    await page.goto(link());
    await page.getByRole("heading", { name: "Organizations", exact: true }).waitFor();
    expect(page.url()).not.toContain("code=");
    const second = await newPage(bare);
    await second.goto(link());
    await second
      .getByRole("alert")
      .getByText("This link was already used, or has expired. Run bin/keyward sign-in on the server to get a new one.")
      .waitFor();
    expect(second.url()).not.toContain("code=");
    await page.reload();
    await page.getByRole("heading", { name: "Organizations", exact: true }).waitFor();
  });
});

describe("where one comes to", () => {
  test("the page with its query, as it was asked for", async () => {
    const { email, organizationId } = await signedIn(open);
    const page = await newPage(open);
    const place = `/org/${organizationId}/settings/api-keys?search=production&sort=name`;
    await page.goto(place);
    await page.waitForURL(/\/keyward\/sign-in\?next=/);
    await signInAs(page, email);
    await atKeys(page);
    expect(page.url()).toBe(open.url + place);
    expect(await page.getByRole("searchbox").inputValue()).toBe("production");
  });

  test("never to another host's page, whatever the address says", async () => {
    const { email } = await signedIn(open);
    const page = await newPage(open);
    for (const next of ["https://evil.example/", "//evil.example/", "/\\evil.example/", "javascript:alert(1)", "/\t/evil.example"]) {
      await page.context().clearCookies();
      await page.goto(`/keyward/sign-in?next=${encodeURIComponent(next)}`);
      await signInAs(page, email);
      await page.getByRole("heading", { name: "No API keys yet" }).waitFor();
      expect(page.url()).toMatch(KEYS);
      expect(new URL(page.url()).origin).toBe(open.url);
    }
  });

  test("a person who is already signed in goes on at once", async () => {
    const { page } = await signedInPage(open);
    await page.goto("/keyward/sign-in?next=%2Fkeyward%2Faccount");
    await page.getByRole("heading", { name: "Account", exact: true }).waitFor();
    await page.goto("/keyward/sign-in");
    await page.waitForURL(KEYS);
  });

  const endedElsewhere = async () => {
    const { page, visitor } = await signedInPage(open);
    announceFault(page, /status of 401/);
    await page.goto(`/org/${visitor.organizationId}/settings/api-keys?sort=name`);
    await page.getByRole("heading", { name: "No API keys yet" }).waitFor();
    await signOutEverywhere(open, visitor);
    return { page, visitor };
  };
  const signInAgain = async (page: Page, { email, organizationId }: { email: string; organizationId: string }) => {
    await page
      .getByRole("alert")
      .getByText(/Your session has ended\. Sign in again/)
      .waitFor();
    await signInAs(page, email);
    await page.waitForURL((url) => url.pathname === `/org/${organizationId}/settings/api-keys` && url.searchParams.get("sort") === "name");
  };

  test("a session that was ended elsewhere: after signing in again the same keys are shown", async () => {
    const { page, visitor } = await endedElsewhere();
    await page.getByRole("searchbox").fill("production");
    await signInAgain(page, visitor);
    await atKeys(page);
    expect(await page.getByRole("searchbox").inputValue()).toBe("production");
  });

  test("a session that was ended elsewhere: the form to create a key is restored with everything that was typed", async () => {
    const { page, visitor } = await endedElsewhere();
    const form = page.getByRole("dialog", { name: "Create API key" });
    await page.getByRole("button", { name: "Create API key" }).first().click();
    await form.getByLabel("Name", { exact: true }).fill("production");
    await form.getByLabel("Environment").selectOption("test");
    await form.getByText("More", { exact: true }).click();
    await form.getByLabel("Only these").check();
    await form.getByLabel("Names of resources").fill("0xab, 0xcd");
    await form.getByLabel("Per day").fill("500");
    await form.getByRole("button", { name: "Create", exact: true }).click();
    await signInAgain(page, visitor);
    const values = await Promise.all(
      ["Name", "Environment", "Names of resources", "Per day"].map((label) => form.getByLabel(label, { exact: true }).inputValue()),
    );
    expect(values).toEqual(["production", "test", "0xab, 0xcd", "500"]);
    await form.getByRole("button", { name: "Cancel" }).click();
    await page.waitForURL((url) => url.search === "?sort=name");
  });
});

async function signOutEverywhere(server: TestServer, visitor: { cookies: Awaited<ReturnType<typeof signedIn>>["cookies"] }): Promise<void> {
  const elsewhere = await newPage(server);
  await elsewhere.context().addCookies(visitor.cookies);
  await elsewhere.goto("/keyward/account");
  await elsewhere.getByRole("button", { name: "Sign out everywhere" }).click();
  await elsewhere.getByRole("dialog").getByRole("button", { name: "Sign out everywhere" }).click();
  await elsewhere.waitForURL(/\/keyward\/sign-in$/);
}
