/** Making a key in a dialog, on a platform whose keys are pairs: one key for one decision, and a secret that is neither lost by a slip nor left behind. */
import type { Locator, Page } from "playwright-core";
import { expect, test } from "vitest";
import { signedInPage } from "../support/browser.ts";
import { goToKeys, makeKey, openForm, openKeys, rowOf, shownKey } from "../support/keys-page.ts";
import { PASSWORDS } from "../support/people-at-server.ts";
import { secretPlaces } from "../support/secret-places.ts";
import { suiteServer } from "../support/server.ts";
import { secretIn } from "../support/shown-secrets.ts";
import { gateAt } from "../support/trouble.ts";

const server = suiteServer({ platform: "agentsgt", env: PASSWORDS });

async function keyCount(organizationId: string): Promise<number> {
  return (await server.operator("GET", `/keyward/v1/organizations/${organizationId}/keys?count=true`)).json.total;
}

const question = (page: Page) => page.getByRole("dialog", { name: "Have you stored the key?" });
const secretField = (dialog: Locator) => dialog.getByLabel("Secret Key:");
const stored = (dialog: Locator) => dialog.getByRole("button", { name: "I have stored the key" }).click();

test("a double click on Create creates one key", async () => {
  const { page, organizationId } = await signedInPage(server);
  await openKeys(page, organizationId);
  const form = await openForm(page);
  await form.getByLabel("Name", { exact: true }).fill("Mobile App");
  await form.getByRole("button", { name: "Create", exact: true }).dblclick();
  await stored(await shownKey(page));
  await rowOf(page, "Mobile App").waitFor();
  await page.getByText("1 key", { exact: true }).waitFor();
  expect(await keyCount(organizationId)).toBe(1);
});

test("Escape, a click outside, the cross, the back button and a reload do not lose the secret without a question", async () => {
  const { page } = await signedInPage(server);
  await page.goto("/keyward/account");
  await goToKeys(page);
  const dialog = await makeKey(page, "Mobile App");
  const shown = await secretIn(secretField(dialog));
  const waysOut: [string, () => Promise<unknown>][] = [
    ["Escape", () => page.keyboard.press("Escape")],
    ["a click outside", () => page.mouse.click(5, 450)],
    ["the cross", () => dialog.getByRole("button", { name: "Close" }).click()],
    ["the back button", () => page.evaluate("history.back()")],
  ];
  for (const [way, leave] of waysOut) {
    await leave();
    await question(page).getByText("It is not shown again.").waitFor();
    await question(page).getByRole("button", { name: "Go back" }).click();
    await question(page).waitFor({ state: "hidden" });
    expect((await secretField(dialog).inputValue()) === shown, way).toBe(true);
  }

  const asked = page.waitForEvent("dialog");
  page.once("dialog", (browserDialog) => void browserDialog.dismiss());
  await page.evaluate("void setTimeout(() => location.reload())");
  expect((await asked).type()).toBe("beforeunload");
  expect((await secretField(dialog).inputValue()) === shown, "a reload").toBe(true);

  await page.keyboard.press("Escape");
  await question(page).getByRole("button", { name: "I have stored it" }).click();
  await dialog.waitFor({ state: "hidden" });
  await rowOf(page, "Mobile App").waitFor();
});

test("while a key is being created neither the back button nor a reload leads away from its secret", async () => {
  const { page, organizationId } = await signedInPage(server);
  await page.goto("/keyward/account");
  await goToKeys(page);
  const gate = await gateAt(page, /\/keys$/);
  const form = await openForm(page);
  await form.getByLabel("Name", { exact: true }).fill("Slow");
  await form.getByRole("button", { name: "Create", exact: true }).click();
  await page.evaluate("history.back()");
  const asked = page.waitForEvent("dialog");
  page.once("dialog", (browserDialog) => void browserDialog.dismiss());
  await page.evaluate("void setTimeout(() => location.reload())");
  expect((await asked).type()).toBe("beforeunload");
  gate.set("pass");
  const dialog = await shownKey(page);
  expect(await secretIn(secretField(dialog))).toMatch(/^sk_/);
  await stored(dialog);
  await rowOf(page, "Slow").waitFor();
  expect(await keyCount(organizationId)).toBe(1);
  await page.goBack();
  await page.getByRole("heading", { name: "Account", exact: true }).waitFor();
});

test("once its dialog is closed, the secret is nowhere in the page or in what the browser keeps for it", async () => {
  const { page, organizationId } = await signedInPage(server);
  await openKeys(page, organizationId);
  const dialog = await makeKey(page, "Mobile App");
  const shown = await secretIn(secretField(dialog));
  expect(await secretPlaces(page, shown), "where it is seen").toEqual(["markup", "inputs", "memory"]);
  await stored(dialog);
  await rowOf(page, "Mobile App").waitFor();
  expect(await secretPlaces(page, shown)).toEqual([]);
});

test("the address of a prefilled form fills it in, creates nothing by itself, and is cleared when it closes", async () => {
  const { page, organizationId } = await signedInPage(server);
  await openKeys(page, organizationId, "?create=true&name=Production+Website&domains=example.com,*.example.org&expires=90d");
  const form = page.getByRole("dialog", { name: "Create API Key" });
  expect(await form.getByLabel("Name", { exact: true }).inputValue()).toBe("Production Website");
  expect(await form.getByLabel("Allowed domains").inputValue()).toBe("example.com,*.example.org");
  expect(await form.getByLabel("Expires").inputValue()).toBe("90d");
  await form.getByRole("listitem").getByText("*.example.org", { exact: true }).waitFor();
  expect(await keyCount(organizationId)).toBe(0);
  await form.getByRole("button", { name: "Create", exact: true }).click();
  await stored(await shownKey(page));
  await rowOf(page, "Production Website").waitFor();
  expect(new URL(page.url()).search).toBe("");
  await page.reload();
  await rowOf(page, "Production Website").waitFor();
  expect([await page.getByRole("dialog").count(), await keyCount(organizationId)]).toEqual([0, 1]);
});
