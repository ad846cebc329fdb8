/** A key that somebody pastes where texts are searched for: it leads to its record, and gets into no address. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { announceFault, signedInPage } from "../support/browser.ts";
import { openKeys, rowOf } from "../support/keys-page.ts";
import { PASSWORDS } from "../support/people-at-server.ts";
import { secret } from "../support/root.ts";
import { secretPlaces } from "../support/secret-places.ts";
import { suiteServer, type TestServer } from "../support/server.ts";

const server = suiteServer({ env: PASSWORDS });
const pay = suiteServer({ platform: "agentpay", env: PASSWORDS });

/** Every address that the page goes to or asks, and every referrer that it sends. */
function addressesOf(page: Page): string[] {
  const addresses: string[] = [];
  page.on("request", (request) => void addresses.push(request.url(), request.headers().referer ?? ""));
  page.on("framenavigated", (frame) => void addresses.push(frame.url()));
  return addresses;
}

const search = (page: Page) => page.getByLabel("Search keys");

/** Pastes as a person does: the browser says that it was a paste. */
async function paste(page: Page, into: ReturnType<typeof search>, text: string): Promise<void> {
  const elsewhere = await page.context().newPage();
  await elsewhere.setContent("<textarea></textarea>");
  const area = elsewhere.locator("textarea");
  await area.fill(text);
  await area.press("Control+A");
  await area.press("Control+X");
  await elsewhere.close();
  await page.bringToFront();
  await into.focus();
  await page.keyboard.press("Control+V");
}

const findKey = (page: Page) => page.waitForResponse((response) => response.url().endsWith("/keys/find"));

async function expectNowhere(page: Page, field: ReturnType<typeof search>, key: string, addresses: readonly string[]): Promise<void> {
  // Once a later text stands in the address, the earlier one would have stood there too.
  await field.fill("something-else");
  await page.waitForURL(/something-else/);
  const part = key.slice(-20);
  expect(addresses.filter((address) => decodeURIComponent(address).includes(part))).toEqual([]);
  await page.goBack();
  expect(page.url()).not.toContain(part);
  await page.goForward();
  expect(await secretPlaces(page, key)).toEqual([]);
}

test("a key pasted into the search leads to its row, by a POST alone", async () => {
  const { page, organizationId } = await signedInPage(server);
  const { key, id } = await server.newKey(organizationId, { name: "leaked in chat" });
  for (let at = 0; at < 3; at++) await server.newKey(organizationId, { name: `other ${at}` });
  const addresses = addressesOf(page);
  await page.goto("/keyward/account");
  await openKeys(page, organizationId);
  await rowOf(page, "other 0").waitFor();
  const found = findKey(page);
  await paste(page, search(page), `export KEY=${key}\n`);
  expect((await found).status()).toBe(200);
  await page.getByRole("status").filter({ hasText: "Found: leaked in chat" }).waitFor();
  await rowOf(page, "other 0").waitFor({ state: "detached" });
  expect(await rowOf(page, "leaked in chat").getAttribute("aria-current")).toBe("true");
  expect(await search(page).inputValue()).toBe(id);
  await expectNowhere(page, search(page), key, addresses);
});

test("a revoked key leads to its row among the revoked ones", async () => {
  const { page, organizationId } = await signedInPage(server, "viewer");
  const { key, id } = await server.newKey(organizationId, { name: "over" });
  await server.operator("DELETE", `/keyward/v1/organizations/${organizationId}/keys/${id}`);
  await openKeys(page, organizationId, "?search=nothing&environment=test");
  await search(page).fill(key);
  await rowOf(page, "over").waitFor();
  expect(await page.getByLabel("Status").inputValue()).toBe("revoked");
});

test("another organization's key is not found, the input is emptied, and the whole list is shown again", async () => {
  const { page, organizationId } = await signedInPage(server);
  await server.newKey(organizationId, { name: "mine" });
  const { key } = await server.newKey(await server.newOrganization());
  const addresses = addressesOf(page);
  announceFault(page, /status of 404/);
  await page.goto("/keyward/account");
  await openKeys(page, organizationId);
  await rowOf(page, "mine").waitFor();
  await paste(page, search(page), key);
  await page.getByRole("status").filter({ hasText: "This key does not belong to this organization" }).waitFor();
  expect(await search(page).inputValue()).toBe("");
  await rowOf(page, "mine").waitFor();
  await expectNowhere(page, search(page), key, addresses);
});

test("text that is not a key is searched for, and is in the address", async () => {
  const { page, organizationId } = await signedInPage(server);
  const { key } = await server.newKey(organizationId, { name: "kw_live_backend" });
  await server.newKey(organizationId, { name: "another" });
  await openKeys(page, organizationId);
  await rowOf(page, "another").waitFor();
  await paste(page, search(page), "kw_live_backend");
  await rowOf(page, "another").waitFor({ state: "detached" });
  expect(new URL(page.url()).search).toBe("?search=kw_live_backend");
  await search(page).fill(key.slice(0, 12));
  await page.waitForURL(/search=kw_live_\w{4}$/);
});

test("a key pasted into the filter of the audit log becomes its id", async () => {
  const { page, organizationId } = await signedInPage(server);
  const { key, id } = await server.newKey(organizationId, { name: "audited" });
  const addresses = addressesOf(page);
  await page.goto("/keyward/account");
  await page.goto(`/org/${organizationId}/settings/audit-log`);
  await page.getByText(/created an API key “audited”/).waitFor();
  await paste(page, page.getByLabel("Key id"), key);
  await page.waitForURL(new RegExp(`subject=${id}$`));
  expect(await page.getByLabel("Key id").inputValue()).toBe(id);
  await expectNowhere(page, page.getByLabel("Key id"), key, addresses);
});

test.each([
  ["api-keys", "search"],
  ["audit-log", "subject"],
])("the page leaves an address of %s that contains a key, and sends nothing of it", async (screen, parameter) => {
  const { page, organizationId } = await signedInPage(server);
  const { key } = await server.newKey(organizationId, { name: "bookmarked" });
  const asked: string[] = [];
  page.on("request", (request) => request.isNavigationRequest() || asked.push(request.url()));
  await page.goto(`/org/${organizationId}/settings/${screen}?${parameter}=${key}`);
  await page.getByText("bookmarked").first().waitFor();
  expect(page.url()).not.toContain(key);
  expect(asked.filter((address) => address.includes(key))).toEqual([]);
});

/** A key that somebody chose, and that is linked to the organization. */
async function linked(at: TestServer, organizationId: string, key: string, label: string): Promise<string> {
  secret(key);
  await fetch(`${at.url}/api-keys`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ key, label }),
  });
  return (await at.operator("POST", `/keyward/v1/organizations/${organizationId}/keys/claim`, { key })).json.id;
}

test.each([
  ["with the prefix", "pk_my_custom_value_7"],
  ["without the prefix", "Chosen-by-a-person-7"],
])("AP3 a chosen key %s leads to its row, too", async (_how, key) => {
  const { page, organizationId } = await signedInPage(pay);
  const id = await linked(pay, organizationId, key, "chosen");
  const addresses = addressesOf(page);
  await page.goto("/keyward/account");
  await openKeys(page, organizationId);
  await rowOf(page, "chosen").waitFor();
  await paste(page, search(page), key);
  await page.waitForURL(new RegExp(`search=${id}$`));
  expect(await rowOf(page, "chosen").getAttribute("aria-current")).toBe("true");
  await expectNowhere(page, search(page), key, addresses);
});

test("AP3 a pasted name that could be a chosen key but is not one is searched for as text", async () => {
  const { page, organizationId } = await signedInPage(pay);
  await pay.newKey(organizationId, { name: "production-backend-eu" });
  announceFault(page, /status of 404/);
  await openKeys(page, organizationId);
  await paste(page, search(page), "production-backend-eu");
  await page.waitForURL(/search=production-backend-eu$/);
  await rowOf(page, "production-backend-eu").waitFor();
});
