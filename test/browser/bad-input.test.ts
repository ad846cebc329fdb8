/** What people type wrongly, and what happens between them and the server: nothing that was typed is lost, and nothing happens twice. */
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { announceFault, signedInPage } from "../support/browser.ts";
import { PASSWORD } from "../support/people.ts";
import { PASSWORDS } from "../support/people-at-server.ts";
import { secret } from "../support/root.ts";
import { call, suiteServer, type TestServer } from "../support/server.ts";
import { secretIn } from "../support/shown-secrets.ts";
import { FAILED_LOAD, faultOf, respondUnavailable } from "../support/trouble.ts";

const server = suiteServer({ env: PASSWORDS });

const listAt = (organizationId: string) => `/org/${organizationId}/settings/api-keys`;
const dialogOf = (page: Page) => page.getByRole("dialog");

/** The form for a new key, open. */
async function creating(on: TestServer = server, create = "Create API key") {
  const { page, visitor, organizationId } = await signedInPage(on);
  await page.goto(listAt(organizationId));
  await page.getByRole("button", { name: create }).first().click();
  const dialog = dialogOf(page);
  await dialog.getByLabel("Name", { exact: true }).waitFor();
  return { page, visitor, organizationId, dialog, submit: () => dialog.getByRole("button", { name: "Create", exact: true }).click() };
}

async function keysOf(organizationId: string, query = "") {
  return (await server.operator("GET", `/keyward/v1/organizations/${organizationId}/keys${query}`)).json.data;
}

/** A page with a key in its list that another tab is about to change. */
async function withKey(name = "Shared", body: Record<string, unknown> = {}) {
  const { page, visitor, organizationId } = await signedInPage(server);
  const { id } = await server.newKey(organizationId, { name, ...body });
  await page.goto(listAt(organizationId));
  await page.getByRole("link", { name }).waitFor();
  const keyAddress = `/keyward/v1/organizations/${organizationId}/keys/${id}`;
  const revokeElsewhere = () => server.operator("DELETE", keyAddress);
  return { page, visitor, organizationId, id, keyAddress, revokeElsewhere };
}

async function choose(page: Page, name: string, what: string) {
  await page.getByRole("button", { name: `More for ${name}` }).click();
  await page.getByRole("menuitem", { name: what, exact: true }).click();
}

describe("an error of the server is shown below the input that it is about", () => {
  test("and goes when something else is typed there", async () => {
    const { page, organizationId, dialog, submit } = await creating();
    announceFault(page, FAILED_LOAD);
    const input = (label: string) => dialog.getByLabel(label, { exact: true });
    const refused = async (label: string, text: string, sentence: RegExp) => {
      const before = await input(label).inputValue();
      await input(label).fill(text);
      await submit();
      await expect.poll(() => faultOf(input(label))).toMatch(sentence);
      expect(await input(label).inputValue()).toBe(text);
      expect(await page.evaluate("document.activeElement.id"), "the keyboard is there").toBe(await input(label).getAttribute("id"));
      await input(label).fill(before);
      expect(await faultOf(input(label))).toBe("");
    };
    await refused("Name", "n".repeat(129), /name must be at most 128 characters/);
    await refused("Name", "evil\u202egnp.exe", /must not hold control, invisible or text-direction characters/);
    await refused("Name", "zero\u200bwidth", /must not hold control, invisible/);
    await input("Expires").selectOption("custom");
    await refused("Expiry date and time", "2020-01-01T00:00", /in the future/);
    await input("Expires").selectOption("never");
    await dialog.getByText("More", { exact: true }).click();
    await refused("Scopes (optional)", "agents:read, Not A Scope", /scopes\[1\] must be 1 to 64 characters/);
    for (const label of ["Per minute", "Per day", "At the same time"]) {
      await refused(label, "0", /whole number of 1 or more/);
      await refused(label, "many", /whole number of 1 or more/);
    }
    await refused("Per day", "9999999999", /limits\.requestsPerDay/);
    await dialog.getByLabel("Only these").check();
    await submit();
    await expect.poll(() => faultOf(input("Names of resources"))).toMatch(/Enter at least one/);
    await refused("Names of resources", "with späce", /printable ASCII/);
    expect(await keysOf(organizationId)).toEqual([]);
  });

  test("the name that was typed wrongly in Edit, too; and the key stays as it was", async () => {
    const { page, organizationId } = await withKey("Steady");
    announceFault(page, FAILED_LOAD);
    await choose(page, "Steady", "Edit");
    const name = dialogOf(page).getByLabel("Name", { exact: true });
    await name.fill("n".repeat(129));
    await dialogOf(page).getByRole("button", { name: "Save" }).click();
    await expect.poll(() => faultOf(name)).toMatch(/at most 128/);
    expect(await keysOf(organizationId)).toMatchObject([{ name: "Steady" }]);
  });

  test("the organization's name, the invitation's note", async () => {
    const { page, organizationId } = await signedInPage(server);
    announceFault(page, FAILED_LOAD);
    await page.goto(`/org/${organizationId}/settings/general`);
    const name = page.getByLabel("Organization name");
    await name.fill("evil\u202eemac");
    await page.getByRole("button", { name: "Save" }).click();
    await expect.poll(() => faultOf(name)).toMatch(/text-direction/);
    await page.getByRole("link", { name: "Members" }).click();
    await page.getByRole("button", { name: "Invite", exact: true }).click();
    const note = dialogOf(page).getByLabel("Note");
    await note.fill("n".repeat(129));
    await dialogOf(page).getByRole("button", { name: "Create link" }).click();
    await expect.poll(() => faultOf(note)).toMatch(/at most 128/);
  });
});

describe("a connection that breaks", () => {
  test("while a key is created loses nothing that was typed, and a second try creates exactly one", async () => {
    const { page, organizationId, dialog, submit } = await creating();
    announceFault(page, FAILED_LOAD);
    await dialog.getByLabel("Name", { exact: true }).fill("On the train");
    await dialog.getByLabel("Expires").selectOption("30d");
    await page.context().setOffline(true);
    await submit();
    await dialog.getByRole("alert").getByText("cannot be reached").waitFor();
    expect(await dialog.getByLabel("Name", { exact: true }).inputValue()).toBe("On the train");
    expect(await dialog.getByLabel("Expires").inputValue()).toBe("30d");
    await page.context().setOffline(false);
    await submit();
    await page.getByRole("dialog", { name: "Save your key" }).waitFor();
    expect(await keysOf(organizationId)).toMatchObject([{ name: "On the train" }]);
  });

  test("after the server has created the key: the page says so, and leads to one that can be stored", async () => {
    const { page, organizationId, dialog, submit } = await creating();
    announceFault(page, FAILED_LOAD);
    let isLost = false;
    await page.route(/\/keys$/, async (route) => {
      if (route.request().method() !== "POST") return route.continue();
      if (isLost) return route.continue();
      isLost = true;
      secret((await (await route.fetch()).json()).key);
      await route.abort("connectionreset");
    });
    await dialog.getByLabel("Name", { exact: true }).fill("Unseen");
    await submit();
    const lost = page.getByRole("dialog", { name: "The key was created, but you have not seen it" });
    await lost.getByText("Unseen", { exact: true }).waitFor();
    expect(await keysOf(organizationId)).toHaveLength(1);
    await lost.getByRole("button", { name: "Replace it" }).click();
    const saved = page.getByRole("dialog", { name: "Save your key" });
    const key = await secretIn(saved.getByLabel("Key", { exact: true }));
    await saved.getByRole("button", { name: "I have stored the key" }).click();
    await page.getByRole("link", { name: "Unseen" }).waitFor();
    expect(await keysOf(organizationId, "?status=active")).toMatchObject([{ name: "Unseen" }]);
    expect((await call(`${server.url}/keyward/v1/whoami`, { headers: { authorization: `Bearer ${key}` } })).status).toBe(200);
  });

  test("the database is unavailable for a moment: the form says so, and the second try creates exactly one key", async () => {
    const { page, organizationId, dialog, submit } = await creating();
    announceFault(page, FAILED_LOAD);
    await page.route(/\/keys$/, respondUnavailable);
    await dialog.getByLabel("Name", { exact: true }).fill("Patient");
    await submit();
    await dialog.getByRole("alert").getByText("database is away").waitFor();
    await page.unroute(/\/keys$/);
    await submit();
    await page.getByRole("dialog", { name: "Save your key" }).waitFor();
    expect(await keysOf(organizationId)).toMatchObject([{ name: "Patient" }]);
  });

  test("two quick clicks create one key", async () => {
    const { page, organizationId, dialog } = await creating();
    await dialog.getByLabel("Name", { exact: true }).fill("Twice");
    await dialog.getByRole("button", { name: "Create", exact: true }).dblclick();
    await page.getByRole("dialog", { name: "Save your key" }).waitFor();
    expect(await keysOf(organizationId)).toHaveLength(1);
  });
});

test("a session that ends while a form is open: after signing in again the form is there, filled as it was", async () => {
  const { page, visitor, organizationId, dialog, submit } = await creating();
  announceFault(page, FAILED_LOAD);
  await dialog.getByLabel("Name", { exact: true }).fill("Half typed & kept");
  await dialog.getByLabel("Expires").selectOption("90d");
  await dialog.getByText("More", { exact: true }).click();
  await dialog.getByLabel("Scopes (optional)", { exact: true }).fill("agents:read, agents:write");
  await page.context().clearCookies();
  await submit();
  await page.getByText("Your session has ended").waitFor();
  await page.getByLabel("E-mail").fill(visitor.email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await dialog.getByLabel("Name", { exact: true }).waitFor();
  expect(new URL(page.url()).pathname).toBe(listAt(organizationId));
  expect(await dialog.getByLabel("Name", { exact: true }).inputValue()).toBe("Half typed & kept");
  expect(await dialog.getByLabel("Expires").inputValue()).toBe("90d");
  expect(await dialog.getByLabel("Scopes (optional)", { exact: true }).inputValue()).toBe("agents:read, agents:write");
  await submit();
  await page.getByRole("dialog", { name: "Save your key" }).waitFor();
  expect(await keysOf(organizationId)).toMatchObject([{ name: "Half typed & kept", scopes: ["agents:read", "agents:write"] }]);
});

describe("a key that was taken away in another tab", () => {
  const GONE = "This key is no longer active";
  /** Behind a dialog, too. */
  const isOffTheList = (page: Page) => page.locator("[data-key-link]").waitFor({ state: "detached" });

  test("Edit says so, and the list is right again", async () => {
    const { page, revokeElsewhere } = await withKey();
    announceFault(page, FAILED_LOAD);
    await choose(page, "Shared", "Edit");
    await dialogOf(page).getByLabel("Name", { exact: true }).fill("Renamed");
    await revokeElsewhere();
    await dialogOf(page).getByRole("button", { name: "Save" }).click();
    await page.getByText(GONE).first().waitFor();
    await isOffTheList(page);
  });

  test("the switch says so, and the list is right again", async () => {
    const { page, revokeElsewhere } = await withKey();
    announceFault(page, FAILED_LOAD);
    await revokeElsewhere();
    await page.getByRole("switch", { name: "Shared enabled" }).click();
    await page.getByText("cannot be changed").first().waitFor();
    await isOffTheList(page);
  });

  test("Rotate says so, and makes no key", async () => {
    const { page, organizationId, revokeElsewhere } = await withKey();
    announceFault(page, FAILED_LOAD);
    await choose(page, "Shared", "Rotate");
    await dialogOf(page).getByLabel("The old key stops working").waitFor();
    await revokeElsewhere();
    await dialogOf(page).getByRole("button", { name: "Rotate", exact: true }).click();
    await page.getByText(GONE).first().waitFor();
    await isOffTheList(page);
    expect(await dialogOf(page).count()).toBe(0);
    expect(await keysOf(organizationId)).toHaveLength(1);
  });

  test("Revoke ends as it was meant: the key is gone", async () => {
    const { page, revokeElsewhere } = await withKey();
    await page.getByRole("button", { name: "Revoke Shared" }).click();
    await dialogOf(page).getByRole("button", { name: "Revoke", exact: true }).waitFor();
    await revokeElsewhere();
    await dialogOf(page).getByRole("button", { name: "Revoke", exact: true }).click();
    await isOffTheList(page);
    expect(await dialogOf(page).count()).toBe(0);
  });

  test("its own page says so with the next change", async () => {
    const { page, revokeElsewhere } = await withKey();
    announceFault(page, FAILED_LOAD);
    await page.getByRole("link", { name: "Shared" }).click();
    await page.getByRole("heading", { name: "Details" }).waitFor();
    await revokeElsewhere();
    await page.getByRole("switch", { name: "Shared enabled" }).click();
    await page.getByText("Every request with it is refused permanently").locator("visible=true").waitFor();
    expect(await page.getByRole("button", { name: "Edit" }).count()).toBe(0);
  });
});

describe("two tabs of one person", () => {
  test("change different things of one key, and both changes stay", async () => {
    const { page, organizationId } = await withKey("Both", { scopes: ["agents:read"] });
    const other = await page.context().newPage();
    await other.goto(listAt(organizationId));
    for (const tab of [page, other]) await choose(tab, "Both", "Edit");
    await dialogOf(page).getByLabel("Name", { exact: true }).fill("Both renamed");
    await dialogOf(other).getByLabel("Expires").selectOption("30d");
    for (const tab of [page, other]) {
      await dialogOf(tab).getByRole("button", { name: "Save" }).click();
      await dialogOf(tab).waitFor({ state: "detached" });
    }
    const [key] = await keysOf(organizationId);
    expect(key).toMatchObject({ name: "Both renamed", scopes: ["agents:read"] });
    expect(key.expiresAt).not.toBeNull();
  });

  test("sign out in one, and the other asks to sign in with its next call", async () => {
    const { page, organizationId } = await withKey("Left");
    announceFault(page, FAILED_LOAD);
    const other = await page.context().newPage();
    await other.goto(listAt(organizationId));
    await other.getByRole("button", { name: /^Account of/ }).click();
    await other.getByRole("menuitem", { name: "Sign out", exact: true }).click();
    await other.waitForURL(/\/keyward\/sign-in/);
    await page.getByRole("switch", { name: "Left enabled" }).click();
    await page.waitForURL(/\/keyward\/sign-in\?next=/);
    await page.getByRole("heading", { name: /^Sign in/ }).waitFor();
    expect(await page.locator("body").innerText()).not.toContain("Left");
  });
});

describe("pairs of keys", () => {
  const pairs = suiteServer({ platform: "agentsgt", env: PASSWORDS });

  test("AG5 an invalid domain is quoted below the input, and no key is created", async () => {
    const { page, organizationId, dialog, submit } = await creating(pairs, "Create API Key");
    announceFault(page, FAILED_LOAD);
    const domains = dialog.getByLabel("Allowed domains");
    for (const [typed, sentence] of [
      ["example.com, 10.0.0.1", /is an IP address; name a domain/],
      ["*.co.uk", /is a public suffix/],
      ["<img src=x onerror=alert(1)>.com", /is not a domain/],
    ] as const) {
      await domains.fill(typed);
      await dialog.getByRole("list", { name: "Checked domains" }).getByText(sentence).waitFor();
      await submit();
      await expect.poll(() => faultOf(domains)).toMatch(sentence);
      expect(await domains.inputValue()).toBe(typed);
    }
    expect(await page.locator("img").count()).toBe(0);
    expect((await pairs.operator("GET", `/keyward/v1/organizations/${organizationId}/keys`)).json.data).toEqual([]);
  });
});
