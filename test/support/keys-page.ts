/** The page of keys as a person uses it: found by the words that stand on it. */
import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";
import { secret } from "./root.ts";

/** Goes to the list by its address. */
export async function openKeys(page: Page, organizationId: string, search = ""): Promise<void> {
  await page.goto(`/org/${organizationId}/settings/api-keys${search}`);
  await page.getByRole("heading", { name: "API Keys", level: 1 }).waitFor();
}

/** Goes to the list from anywhere, as the platforms' pages say it: Settings, API Keys. */
export async function goToKeys(page: Page): Promise<void> {
  const sections = page.getByRole("navigation", { name: "Sections" });
  await sections.getByRole("heading", { name: "Settings" }).waitFor();
  await sections.getByRole("link", { name: "API Keys" }).click();
  await page.getByRole("heading", { name: "API Keys", level: 1 }).waitFor();
}

/** What stands above the columns that the platform has, in their order. */
export async function columnNames(page: Page): Promise<string[]> {
  await page.getByRole("columnheader").first().waitFor();
  const all = await page.getByRole("columnheader").allInnerTexts();
  return all.map((text) => text.trim()).filter((text) => !["Last 7 days", "Actions"].includes(text));
}

/** The row of a key in the list. */
export function rowOf(page: Page, name: string): Locator {
  return page.getByRole("row").filter({ has: page.getByRole("link", { name, exact: true }) });
}

/** What one of the columns says of a key. */
export async function cellOf(page: Page, name: string, column: string): Promise<Locator> {
  const header = page.getByRole("columnheader").filter({ hasText: column });
  const at = await header.evaluate((node: object) => ("cellIndex" in node ? Number(node.cellIndex) : Number.NaN));
  return rowOf(page, name).getByRole("cell").nth(at);
}

/** Opens the page of a key by a click on its name. */
export async function openKey(page: Page, name: string): Promise<void> {
  await page.getByRole("link", { name, exact: true }).click();
  await page.getByRole("heading", { name, level: 1 }).waitFor();
}

/** What a column says of a key once the page, however often it is reloaded, has heard of it. */
export async function expectSoon(page: Page, name: string, column: string, text: string): Promise<void> {
  const read = async () => {
    await page.reload();
    return (await cellOf(page, name, column)).innerText();
  };
  await expect.poll(read, { timeout: 20_000 }).toBe(text);
}

/** Opens the form for a new key. */
export async function openForm(page: Page, button = "Create API Key"): Promise<Locator> {
  await page.getByRole("button", { name: button }).first().click();
  const form = page.getByRole("dialog", { name: button });
  await form.waitFor();
  return form;
}

/** Creates a key of this name. Returns the dialog that shows it. */
export async function makeKey(page: Page, name: string, button?: string): Promise<Locator> {
  const form = await openForm(page, button);
  await form.getByLabel("Name", { exact: true }).fill(name);
  await form.getByRole("button", { name: "Create", exact: true }).click();
  return shownKey(page);
}

/** The dialog that shows a key, once it is there. */
export async function shownKey(page: Page): Promise<Locator> {
  const dialog = page.getByRole("dialog", { name: "Save your key" });
  await dialog.waitFor();
  return dialog;
}

/** Clicks on a button that copies. Returns what can be pasted then. */
export async function copied(within: Locator, button: string): Promise<string> {
  const copy = within.getByRole("button", { name: button, exact: true });
  await copy.click();
  // It says "Copied" then.
  await copy.waitFor({ state: "detached" });
  const text = await pasted(within.page());
  // A public key may stand anywhere.
  return button.includes("Public Key") ? text : secret(text);
}

/** Pastes into another page, because these may not read what was copied. */
async function pasted(page: Page): Promise<string> {
  const other = await page.context().newPage();
  await other.setContent("<textarea></textarea>");
  const area = other.locator("textarea");
  await area.press("Control+V");
  const text = await area.inputValue();
  await other.close();
  return text;
}

/** Copies the key, and closes the dialog as somebody who has stored it. */
export async function takeKey(dialog: Locator, button = "Copy Key"): Promise<string> {
  const key = await copied(dialog, button);
  await dialog.getByRole("button", { name: "I have stored the key" }).click();
  await dialog.waitFor({ state: "hidden" });
  return key;
}

/** Chooses from the menu of a key in the list. */
export async function chooseFor(page: Page, name: string, item: string): Promise<void> {
  await page.getByRole("button", { name: `More for ${name}`, exact: true }).click();
  await page.getByRole("menuitem", { name: item, exact: true }).click();
}
