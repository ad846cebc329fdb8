/** AgentWallex in a browser: what its page "API keys" says, step by step, with the platform's example behind it. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { agentwallex } from "../../platforms/agentwallex.ts";
import { newPage, signedInPage } from "../support/browser.ts";
import { type Demonstration, demonstrate } from "../support/demonstration.ts";
import { cellOf, chooseFor, columnNames, goToKeys, makeKey, openKey, openKeys, rowOf, shownKey, takeKey } from "../support/keys-page.ts";
import { PASSWORD } from "../support/people.ts";
import { PASSWORDS, signedIn } from "../support/people-at-server.ts";
import { traceDirectory } from "../support/root.ts";
import { call, suiteServer } from "../support/server.ts";

let demonstration: Demonstration;
const server = suiteServer(async () => {
  demonstration = await demonstrate({ directory: traceDirectory("server"), platform: agentwallex });
  return { platform: "agentwallex", args: ["--example"], directory: demonstration.directory, env: PASSWORDS };
});

/** What a program is told that lists the agents of the account. */
async function ask(key: string): Promise<number> {
  return (await call(`${server.url}/api/v1/agents`, { headers: { "x-api-key": key } })).status;
}

/** Confirms the deletion of a key that was in use: its name must be typed. */
async function confirmDeletion(page: Page, name: string): Promise<void> {
  const question = page.getByRole("dialog", { name: `Delete ${name}?` });
  await question.getByLabel(`Type ${name} to confirm`).fill(name);
  await question.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByText("The key no longer works").waitFor();
}

test("AW7 log in, Settings, API Keys, Create API Key, a descriptive name: the key is copied, works, and is shown once", async () => {
  const { email, organizationId } = await signedIn(server);
  const page = await newPage(server);
  await page.goto("/keyward/");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await goToKeys(page);
  expect(new URL(page.url()).pathname).toBe(`/org/${organizationId}/settings/api-keys`);

  const dialog = await makeKey(page, "production-backend");
  await dialog.getByText("It will not be shown again.").waitFor();
  const key = await takeKey(dialog);
  expect(key).toMatch(/^awx_[A-Za-z0-9]{43}$/);
  expect(await ask(key)).toBe(200);

  expect(await columnNames(page)).toEqual(["Name", "Prefix", "Created", "Last Used", "Expires", "Status"]);
  await (await cellOf(page, "production-backend", "Prefix")).getByText(`awx_...${key.slice(-4)}`, { exact: true }).waitFor();
  await (await cellOf(page, "production-backend", "Created")).getByText("just now").waitFor();
  await (await cellOf(page, "production-backend", "Expires")).getByText("Never").waitFor();
  await (await cellOf(page, "production-backend", "Status")).getByText("Active", { exact: true }).waitFor();
  await page.reload();
  await openKey(page, "production-backend");
  expect((await page.content()).includes(key)).toBe(false);
});

test("AW1 AW3 AW4 a key that a program creates with a JWT is in the list beside those of the dashboard, and the other way round", async () => {
  const { page, organizationId, visitor } = await signedInPage(server);
  const authorization = `Bearer ${await visitor.browser.token(organizationId)}`;
  const api = (method: string, path = "", body?: object) =>
    call(`${server.url}/api/v1/api-keys${path}`, {
      method,
      headers: { authorization, ...(body !== undefined && { "content-type": "application/json" }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  await openKeys(page, organizationId);
  const key = await takeKey(await makeKey(page, "from-dashboard"));
  expect((await api("POST", "", { name: "from-program" })).status).toBe(201);
  const { data } = (await api("GET")).json;
  expect(data.map(({ name }: { name: string }) => name)).toEqual(["from-program", "from-dashboard"]);
  await page.reload();
  await rowOf(page, "from-program").waitFor();
  await rowOf(page, "from-dashboard").waitFor();
  expect((await api("DELETE", `/${data[1].id}`)).status).toBe(204);
  expect(await ask(key)).toBe(401);
});

test("a key is rotated in the page's four steps: create a new one, update, verify, delete the old", async () => {
  const { page, organizationId } = await signedInPage(server);
  const old = (await server.newKey(organizationId, { name: "prod-payment-service" })).key;
  expect(await ask(old)).toBe(200);
  await openKeys(page, organizationId);
  const next = await takeKey(await makeKey(page, "prod-payment-service-2"));
  expect([await ask(next), await ask(old)]).toEqual([200, 200]);
  await page.getByRole("button", { name: "Delete prod-payment-service", exact: true }).click();
  await confirmDeletion(page, "prod-payment-service");
  expect([await ask(next), await ask(old)]).toEqual([200, 401]);
  await rowOf(page, "prod-payment-service").waitFor({ state: "detached" });
});

test("AW8 Rotate: old and new key work side by side and link to each other, remaining use of the old one is shown, and then it is deleted", async () => {
  const { page, organizationId } = await signedInPage(server);
  const old = await server.newKey(organizationId, { name: "trading-bot" });
  await openKeys(page, organizationId);
  await chooseFor(page, "trading-bot", "Rotate");
  const rotation = page.getByRole("dialog", { name: "Rotate trading-bot" });
  await rotation.getByLabel("The old key stops working").selectOption({ label: "In 7 days" });
  await rotation.getByText(/^The old key stops on \w+, /).waitFor();
  await rotation.getByRole("button", { name: "Rotate", exact: true }).click();
  const next = await takeKey(await shownKey(page));
  expect([await ask(old.key), await ask(old.key), await ask(next)]).toEqual([200, 200, 200]);

  // The names are the same; the old one is the one that tells how long it has left.
  const oldRow = page.getByRole("row").filter({ hasText: /Rotating, 6 days left/ });
  await oldRow.getByRole("link", { name: "trading-bot" }).click();
  await page.getByRole("term").filter({ hasText: "Replaced by" }).waitFor();
  await page.getByText("It has been replaced, and works beside its successor until the time is up.").filter({ visible: true }).waitFor();
  await page.getByRole("definition").getByRole("link").click();
  await page.getByRole("term").filter({ hasText: "Replaces" }).waitFor();
  await page.getByRole("definition").getByRole("link", { name: old.id }).click();
  await page.getByRole("term").filter({ hasText: "Replaced by" }).waitFor();

  await goToKeys(page);
  await oldRow.getByRole("button", { name: "More for trading-bot" }).click();
  await page.getByRole("menuitem", { name: "Rotate" }).click();
  const successor = page.getByRole("dialog", { name: "trading-bot has a successor" });
  await successor.getByText("In the last 24 hours: 2 requests (2 valid).").waitFor();
  await successor.getByText(/^Both keys work for 6 days more: the old one stops on /).waitFor();
  await successor.getByRole("button", { name: "Close" }).last().click();

  await oldRow.getByRole("button", { name: "Delete trading-bot" }).click();
  await confirmDeletion(page, "trading-bot");
  await oldRow.waitFor({ state: "detached" });
  expect([await ask(old.key), await ask(next)]).toEqual([401, 200]);
});

test("AW8 keys older than 90 days are flagged in the list and on their page, with what to do; younger ones are not", async () => {
  const { page } = await signedInPage(server, "owner", { organizationId: demonstration.organizationId });
  await openKeys(page, demonstration.organizationId);
  await (await cellOf(page, "Reporting", "Status")).getByText("Older than 90 days").waitFor();
  await page.getByLabel("Status").selectOption({ label: "Older than 90 days" });
  await page.getByText("1 key", { exact: true }).waitFor();
  expect(await page.getByRole("row").count()).toBe(2);
  await openKey(page, "Reporting");
  await page.getByText("Replace it with a new key: the older a key is").filter({ visible: true }).waitFor();
});

test("AW5 AW6 plan Starter's limits are shown; after 60 requests in a minute the key says that it is rate limited, and the others go on", async () => {
  const { page, organizationId } = await signedInPage(server);
  const { key } = await server.newKey(organizationId, { name: "busy" });
  const other = await server.newKey(organizationId, { name: "calm" });
  await page.goto(`/org/${organizationId}/settings/plan`);
  await page.getByRole("heading", { name: "Plan Starter" }).waitFor();
  const starter = page.getByRole("row").filter({ has: page.getByRole("rowheader", { name: "Starter" }) });
  expect((await starter.getByRole("cell").allInnerTexts()).slice(0, 3)).toEqual(["60", "10,000", "5"]);

  for (let request = 0; request < 60; request++) expect(await ask(key)).toBe(200);
  expect([await ask(key), await ask(other.key)]).toEqual([429, 200]);
  await goToKeys(page);
  await (await cellOf(page, "busy", "Status")).getByText("Rate limited", { exact: true }).waitFor();
  await (await cellOf(page, "calm", "Status")).getByText("Active", { exact: true }).waitFor();
  await openKey(page, "busy");
  await page.getByText(/^60 of 60 requests in the last minute; resets in \d+ seconds?$/).waitFor();
  await page.getByText(/^60 of 10,000 requests in the last 24 hours; resets in /).waitFor();
  await page.getByText("0 of 5 requests under way").waitFor();
});

test("AW5 plans have the page's names, and Enterprise's limits are Custom until the operator sets them", async () => {
  const { page, organizationId } = await signedInPage(server);
  const change = (body: object) => server.operator("PATCH", `/keyward/v1/organizations/${organizationId}`, body);
  const rowOfPlan = (name: string) => page.getByRole("row").filter({ has: page.getByRole("rowheader", { name }) });
  await change({ plan: "enterprise" });
  await page.goto(`/org/${organizationId}/settings/plan`);
  await page.getByRole("heading", { name: "Plan Enterprise" }).waitFor();
  expect((await page.getByRole("rowheader").allInnerTexts()).map((text) => text.split(/\s/)[0])).toEqual([
    "Starter",
    "Growth",
    "Enterprise",
  ]);
  expect(await rowOfPlan("Enterprise").getByRole("cell").allInnerTexts()).toEqual(["Custom", "Custom", "Custom", "No limit"]);
  expect(await page.getByText("Custom", { exact: true }).count()).toBe(6);
  await page.getByText("300 until the operator sets it").waitFor();

  await change({ overrides: { requestsPerMinute: 5_000, concurrentRequests: 400 } });
  await page.reload();
  await page.getByText("5,000", { exact: true }).first().waitFor();
  expect(await rowOfPlan("Enterprise").getByRole("cell").allInnerTexts()).toEqual(["5,000", "Custom", "400", "No limit"]);
  await page.getByText("100,000 until the operator sets it").waitFor();
  expect(await page.getByText(/^(300|25) until/).count()).toBe(0);
  await page.goto(`/org/${organizationId}/settings/general`);
  await page.getByRole("definition").filter({ hasText: "Enterprise" }).waitFor();
});
