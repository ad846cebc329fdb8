/** AgentPay's documentation page in the browser: signing in with GitHub, the keys that it finds there, and linking those made elsewhere. */
import type { Page } from "playwright-core";
import { afterAll, expect, test } from "vitest";
import { announceFault, newPage } from "../support/browser.ts";
import { identityProvider } from "../support/people.ts";
import { secret } from "../support/root.ts";
import { call, suiteServer } from "../support/server.ts";
import { secretIn } from "../support/shown-secrets.ts";

type Provider = Awaited<ReturnType<typeof identityProvider>>;
let github: Provider;
let closeGithub = () => {};
const server = suiteServer(async () => {
  github = await identityProvider((end) => (closeGithub = end));
  const { GITHUB_CLIENT_ID, GITHUB_CLIENT_SECRET, GITHUB_URL, GITHUB_API_URL } = github.env;
  // Each key comes from an address of its own, so that no limit for one address is in the way.
  const env = { GITHUB_CLIENT_ID, GITHUB_CLIENT_SECRET, GITHUB_URL, GITHUB_API_URL, KEYWARD_TRUSTED_PROXIES: "127.0.0.1" };
  return { platform: "agentpay", args: ["--example"], env };
});
afterAll(() => closeGithub());

let people = 0;
/** Goes to the dashboard and signs in with GitHub, as somebody new unless it is said who. */
async function signIn(sub = String(++people)): Promise<Page> {
  github.state.person = { sub, email: `person-${sub}@example.com`, verified: true, name: `Person ${sub}` };
  const page = await newPage(server, { identityProvider: github.state.issuer });
  await page.goto("/keyward/");
  await page.getByRole("button", { name: "Continue with GitHub" }).waitFor();
  expect(await page.getByLabel("Password").count()).toBe(0);
  await page.getByRole("button", { name: "Continue with GitHub" }).click();
  await page.getByRole("heading", { name: "API Keys", exact: true }).waitFor();
  await keyNames(page).first().waitFor();
  return page;
}

const keyNames = (page: Page) => page.locator("[data-key-link]");
const dialog = (page: Page, name: string) => page.getByRole("dialog", { name });

let addresses = 0;
/** A key that was made outside the dashboard, as the documentation page makes one. */
async function make(label: string): Promise<string> {
  const reply = await call(`${server.url}/api-keys`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-forwarded-for": `10.2.0.${++addresses}` },
    body: JSON.stringify({ label }),
  });
  expect(reply.status).toBe(201);
  return secret(reply.json.key);
}

const wallets = (key: string) => call(`${server.url}/wallets`, { headers: { "x-api-key": key } });

async function pasteToLink(page: Page, key: string): Promise<void> {
  await page.getByRole("button", { name: "Link existing key" }).click();
  await pasteAgain(page, key);
}

async function pasteAgain(page: Page, key: string): Promise<void> {
  await dialog(page, "Link existing key").getByLabel("Key", { exact: true }).fill(key);
  await page.getByRole("button", { name: "Link key" }).click();
}

/** The sentence of the refusal in the dialog to link a key. */
async function refusalOf(page: Page, key: string): Promise<string> {
  const answered = page.waitForResponse((response) => response.url().endsWith("/keys/claim"));
  await pasteAgain(page, key);
  await answered;
  return dialog(page, "Link existing key").getByRole("alert").innerText();
}

test("AP6 signing in with GitHub creates the organization and its first key, and the next sign-in finds them", async () => {
  const page = await signIn("1001");
  expect(new URL(page.url()).pathname).toMatch(/^\/org\/org_\w+\/settings\/api-keys$/);
  const [place, names] = [page.url(), await keyNames(page).allInnerTexts()];
  expect(names).toHaveLength(1);
  await page.getByRole("button", { name: "Account of Person 1001" }).click();
  await page.getByRole("menuitem", { name: "Sign out", exact: true }).click();
  await page.getByRole("button", { name: "Continue with GitHub" }).click();
  await keyNames(page).first().waitFor();
  expect([page.url(), await keyNames(page).allInnerTexts()]).toEqual([place, names]);
  const elsewhere = await signIn("1001");
  expect([elsewhere.url(), await keyNames(elsewhere).allInnerTexts()]).toEqual([place, names]);
});

test("AP5 AP7 the page shows a key again when asked, writes it to the audit log, and hides it afterwards", async () => {
  const page = await signIn();
  const name = await keyNames(page).first().innerText();
  await page.getByRole("button", { name: `Show ${name}`, exact: true }).click();
  const asked = dialog(page, `Show key ${name}`);
  await asked.getByText("Each showing is written to the audit log.").waitFor();
  expect(await asked.getByLabel("Key", { exact: true }).count()).toBe(0);
  await asked.getByRole("button", { name: "Show key" }).click();
  const key = await secretIn(asked.getByLabel("Key", { exact: true }));
  expect(key).toMatch(/^pk_/);
  expect((await wallets(key)).status).toBe(200);
  await asked.getByRole("button", { name: "Hide and close" }).click();
  await asked.waitFor({ state: "detached" });
  expect(await page.content()).not.toContain(key);
  await page.getByRole("link", { name: "Audit log" }).click();
  await page.getByText(/^Person \d+ showed an API key again\./).waitFor();
  expect(await page.content()).not.toContain(key);
});

test("AP1 AP3 a key has a Label, is shown when it is created, and works in X-Api-Key", async () => {
  const page = await signIn();
  await page.getByRole("columnheader", { name: "Label" }).waitFor();
  await page.getByRole("button", { name: "Create API key" }).click();
  await page.getByLabel("Label").fill("my-agent");
  await page.getByRole("button", { name: "Create", exact: true }).click();
  const key = await secretIn(dialog(page, "Save your key").getByLabel("Key", { exact: true }));
  expect((await wallets(key)).status).toBe(200);
  await page.getByRole("button", { name: "I have stored the key" }).click();
  await page.getByRole("link", { name: "my-agent" }).waitFor();
  expect(await page.content()).not.toContain(key);
});

test("AP8 AP10 a key that was created outside is linked, appears in the list, counts toward the plan, and has the plan's limits", async () => {
  const page = await signIn();
  const key = await make("from my editor");
  expect((await wallets(key)).headers.get("ratelimit-policy")).toContain('"minute";q=10;');
  await pasteToLink(page, `  ${key}\n`);
  await page.getByRole("link", { name: "from my editor" }).click();
  await page.getByRole("heading", { name: "from my editor" }).waitFor();
  expect((await wallets(key)).headers.get("ratelimit-policy")).toContain('"minute";q=60;');
  await page.getByText(/linked this API key/).waitFor();
  expect(await page.content()).not.toContain(key);
  await page.getByRole("link", { name: "Plan and limits" }).click();
  await page.getByText("2 of 5 keys; 3 more can be created").waitFor();
});

test("AP9 a wrong key and one of another organization get the same sentence; one's own key gets a sentence that says so", async () => {
  const page = await signIn();
  const [own, foreign] = [await make("mine"), await make("theirs")];
  const theirs = await server.newOrganization();
  await server.operator("POST", `/keyward/v1/organizations/${theirs}/keys/claim`, { key: foreign });
  announceFault(page, /status of 404/);
  announceFault(page, /status of 409/);
  await pasteToLink(page, own);
  await page.getByRole("link", { name: "mine" }).waitFor();
  await page.getByRole("button", { name: "Link existing key" }).click();
  const toNobody = await refusalOf(page, "pk_nobody_has_this_value");
  expect(toNobody).not.toMatch(/organization|other|else|exist/i);
  expect(await refusalOf(page, foreign)).toBe(toNobody);
  expect(await refusalOf(page, own)).toMatch(/your organization already/);
  expect(await dialog(page, "Link existing key").getByLabel("Key", { exact: true }).inputValue()).toBe(own);
  await page.getByRole("button", { name: "Cancel" }).click();
  expect((await keyNames(page).allInnerTexts()).filter((name) => name === "mine" || name === "theirs")).toEqual(["mine"]);
  expect((await wallets(foreign)).status).toBe(200);
});

test("AP9 at the plan's key limit linking is refused in words, and the key goes on working", async () => {
  const page = await signIn();
  const organizationId = new URL(page.url()).pathname.split("/")[2];
  await server.operator("PATCH", `/keyward/v1/organizations/${organizationId}`, { overrides: { keys: 1 } });
  const key = await make("one too many");
  announceFault(page, /status of 403/);
  await page.getByRole("button", { name: "Link existing key" }).click();
  expect(await refusalOf(page, key)).toMatch(/limit|plan/i);
  await page.getByRole("button", { name: "Cancel" }).click();
  expect(await page.getByText("one too many").count()).toBe(0);
  const still = await wallets(key);
  expect([still.status, still.headers.get("ratelimit-policy")]).toEqual([200, expect.stringContaining('"minute";q=10;')]);
  await page.getByRole("link", { name: "Plan and limits" }).click();
  await page.getByText("1 of 1 key; no more can be created").waitFor();
});

test("AP11 no screen rotates a key in place", async () => {
  const page = await signIn();
  const offers = async () => {
    const controls = page.locator("button, [role=menuitem], option");
    const labels = await Promise.all((await controls.all()).map((control) => control.getAttribute("aria-label")));
    return [...(await controls.allInnerTexts()), ...labels.filter((label) => label !== null)];
  };
  const never = /rotat|revoke/i;
  const name = await keyNames(page).first().innerText();
  expect(await offers()).toEqual(expect.arrayContaining(["Create API key", `Show ${name}`, `Delete ${name}`]));
  expect((await offers()).filter((text) => never.test(text))).toEqual([]);
  await page.getByRole("button", { name: `More for ${name}` }).click();
  await page.getByRole("menuitem", { name: "Edit" }).waitFor();
  expect((await offers()).filter((text) => never.test(text))).toEqual([]);
  await page.getByRole("menuitem", { name: "Usage and details" }).click();
  await page.getByRole("heading", { name: "Limits" }).waitFor();
  expect((await offers()).filter((text) => never.test(text))).toEqual([]);
  expect(await page.getByRole("switch").count()).toBe(1);
});

test("AP11 at the plan's key limit Delete makes room: it asks first, the key is refused at once and leaves the list, and a new one can be created", async () => {
  const page = await signIn();
  const organizationId = new URL(page.url()).pathname.split("/")[2];
  await server.operator("PATCH", `/keyward/v1/organizations/${organizationId}`, { overrides: { keys: 2 } });
  const old = await make("old");
  await pasteToLink(page, old);
  await page.getByRole("link", { name: "old" }).waitFor();
  expect((await wallets(old)).status).toBe(200);

  await page.getByRole("button", { name: "Create API key" }).click();
  await page.getByLabel("Label").fill("new");
  announceFault(page, /status of 403/);
  await page.getByRole("button", { name: "Create", exact: true }).click();
  await page.getByText(/as many active keys as its plan allows: 2/).waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();

  await page.getByRole("button", { name: "Delete old", exact: true }).click();
  const asked = dialog(page, "Delete old?");
  await asked.getByText("This is permanent and immediate.").waitFor();
  expect((await wallets(old)).status, "nothing happens before the confirmation").toBe(200);
  await asked.getByLabel("Type old to confirm").fill("old");
  const deleted = page.waitForResponse((response) => response.request().method() === "DELETE");
  await asked.getByRole("button", { name: "Delete", exact: true }).click();
  expect((await deleted).status()).toBe(204);
  expect((await wallets(old)).status).toBe(401);
  await page.getByRole("link", { name: "old" }).waitFor({ state: "detached" });

  await page.getByRole("button", { name: "Create API key" }).click();
  await page.getByLabel("Label").fill("new");
  await page.getByRole("button", { name: "Create", exact: true }).click();
  const key = await secretIn(dialog(page, "Save your key").getByLabel("Key", { exact: true }));
  expect((await wallets(key)).status).toBe(200);
  await page.getByRole("button", { name: "I have stored the key" }).click();
  await page.getByRole("link", { name: "Audit log" }).click();
  await page.getByText(/^Person \d+ revoked an API key/).waitFor();
});
