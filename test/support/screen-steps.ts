/** What is done at a screen of the dashboard before it is looked at. */
import type { Page, Route } from "playwright-core";
import type { Place } from "./places.ts";
import { secret } from "./root.ts";

const OPENED = "[role=dialog], [role=alertdialog], [role=menu]";

/** Opens a dialog or a menu, and waits for it. */
export const press = (name: string | RegExp) => async (page: Page) => {
  await page.getByRole("button", { name }).first().click();
  await page.locator(OPENED).waitFor();
};
/** Of several keys with that name the one that stands first. */
export const choose = (key: string, item: string | RegExp) => async (page: Page) => {
  await page
    .getByRole("button", { name: `More for ${key}` })
    .first()
    .click();
  await page.getByRole("menuitem", { name: item }).click();
  await page.getByRole("dialog").waitFor();
};

export async function signUp(page: Page): Promise<void> {
  await page.getByRole("button", { name: /^No account yet/ }).click();
  await page.getByLabel("Name").waitFor();
}

/** Fills the form and makes a key, whose secret the picture shows. */
export async function createKey(page: Page): Promise<void> {
  await press(/^Create API key/i)(page);
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox").first().fill("Support desk");
  const scope = dialog.getByRole("checkbox").first();
  if ((await scope.count()) > 0) await scope.check();
  await dialog.getByRole("button", { name: /^Create/ }).click();
  await dialog.getByText("Copy").first().waitFor();
}

/** Asks for a key without choosing what it may do. */
export async function createWithoutScope(page: Page): Promise<void> {
  await press(/^Create API key/i)(page);
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: /^Create/ }).click();
  await dialog.getByRole("alert").waitFor();
}

/** Beside the key, or in its menu where there is little room. */
export async function revoke(page: Page): Promise<void> {
  const button = page.getByRole("button", { name: /^(Revoke|Delete) Production backend/ });
  await page.getByRole("button", { name: "More for Production backend" }).waitFor();
  if ((await button.count()) === 0) return choose("Production backend", /^(Revoke|Delete)/)(page);
  await button.click();
  await page.getByRole("dialog").waitFor();
}

/** Asks for more than a minute allows, so that the key is known to be limited. */
export async function exhaust({ server, demonstration }: Place): Promise<void> {
  const headers = { authorization: `Bearer ${demonstration.keys.rate_limited.key}` };
  for (let times = 0; times < 3; times++) await fetch(`${server.url}/keyward/v1/whoami`, { headers });
}

export async function invitationPath({ server, demonstration }: Place): Promise<string> {
  const path = `/keyward/v1/organizations/${demonstration.organizationId}/invitations`;
  const { link } = (await server.operator("POST", path, { role: "member", note: "Picture" })).json;
  return `/keyward/invitation#${secret(link.split("#")[1])}`;
}

export async function pasteKey(page: Page, { demonstration }: Place): Promise<void> {
  await page.getByLabel("Search keys").fill(demonstration.keys.active.key);
  await page.locator("tr[aria-current]").waitFor();
}

export async function pasteKeyOfNobody(page: Page, { demonstration }: Place): Promise<void> {
  await page.getByLabel("Search keys").fill(`${demonstration.keys.active.key}x`);
  await page.getByText("This key does not belong to this organization.").waitFor();
}

/** The page of an organization whose plan has limits that are agreed with each organization; one of them is set. */
export async function customPlanPath({ server, demonstration: { emptyId } }: Place): Promise<string> {
  const { plans } = (await server.operator("GET", "/keyward/v1/platform")).json;
  const plan = Object.keys(plans).find((name) => plans[name].customLimits.length > 0);
  await server.operator("PATCH", `/keyward/v1/organizations/${emptyId}`, { plan, overrides: { requestsPerMinute: 5_000 } });
  return `/org/${emptyId}/settings/plan`;
}

export const LIST_OF_KEYS = /\/keyward\/v1\/organizations\/[^/]+\/keys\?/;

/** Handles the calls to these addresses from now on, in a page that is loaded anew. */
export const answering = (address: RegExp, response: (route: Route) => unknown) => async (page: Page) => {
  await page.route(address, response);
  await page.reload();
};

export async function editMore(page: Page): Promise<void> {
  await choose("Reporting", "Edit")(page);
  await page.getByRole("dialog").locator("summary").click();
}

/** A key of its own, because others may rotate at the same time. */
export async function rotate(page: Page, { server, demonstration }: Place): Promise<void> {
  const name = `Nightly ${Math.random().toString(36).slice(2, 6)}`;
  await server.newKey(demonstration.organizationId, { name });
  await page.reload();
  await choose(name, "Rotate")(page);
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Rotate" }).click();
  await dialog.getByText("Copy").first().waitFor();
}

/** Of two keys of one name the older one, which has the other as its successor. */
export async function rotateAgain(page: Page): Promise<void> {
  await page.getByRole("button", { name: "More for Payments worker" }).last().click();
  await page.getByRole("menuitem", { name: "Rotate" }).click();
  await page.getByRole("dialog").waitFor();
}

export async function leaveUnstored(page: Page): Promise<void> {
  await createKey(page);
  await page.keyboard.press("Escape");
  await page.getByRole("dialog", { name: /^Have you stored/ }).waitFor();
}

export async function show(page: Page): Promise<void> {
  await choose("Production backend", "Show key")(page);
  await page.getByRole("dialog").getByRole("button", { name: "Show key" }).click();
  await page.getByText("Hide and close").waitFor();
}

export async function pointAtStatus(page: Page): Promise<void> {
  // A pointer that has not moved points at nothing new.
  await page.mouse.move(0, 0);
  await page
    .getByText(/^Rotating, /)
    .first()
    .hover();
  await page
    .getByText(/^It has been replaced/)
    .and(page.locator(":visible"))
    .waitFor();
}

/** Opens the first of what can be unfolded. */
export const unfold = (page: Page) => page.locator("summary").first().click();

export async function testKey(page: Page, { demonstration }: Place): Promise<void> {
  await page.getByLabel(/^Key( pair, or public key alone)?$/).fill(demonstration.keys.active.key);
  await page.getByRole("button", { name: "Test", exact: true }).click();
  await page.locator("[aria-live=polite] p").first().waitFor();
}

export async function createServiceToken(page: Page): Promise<void> {
  await press(/^Create/)(page);
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox").fill("Billing worker");
  await dialog.getByRole("button", { name: /^Create/ }).click();
  await dialog.getByText("Copy").first().waitFor();
}

export async function signInWrong(page: Page): Promise<void> {
  await page.getByLabel("E-mail").fill("nobody@example.com");
  await page.getByLabel("Password").first().fill("not the right one at all");
  await page
    .getByRole("button", { name: /^Sign in/ })
    .last()
    .click();
  await page.getByRole("alert").first().waitFor();
}
