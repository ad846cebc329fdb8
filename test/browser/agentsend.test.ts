/** AgentSend in a browser: what its page "API keys" says of the dashboard, with the platform's example behind it. */
import { expect, test } from "vitest";
import { agentsend } from "../../platforms/agentsend.ts";
import { signedInPage } from "../support/browser.ts";
import { type Demonstration, demonstrate } from "../support/demonstration.ts";
import { cellOf, columnNames, expectSoon, makeKey, openForm, openKeys, rowOf, shownKey, takeKey } from "../support/keys-page.ts";
import { PASSWORDS } from "../support/people-at-server.ts";
import { traceDirectory } from "../support/root.ts";
import { call, suiteServer } from "../support/server.ts";

let demonstration: Demonstration;
const server = suiteServer(async () => {
  demonstration = await demonstrate({ directory: traceDirectory("server"), platform: agentsend });
  return { platform: "agentsend", args: ["--example"], directory: demonstration.directory, env: PASSWORDS };
});

const keysOf = (key: string, method = "GET", id = "") =>
  call(`${server.url}/account/api-keys${id}`, { method, headers: { "x-api-key": key } });

test("AS1 AS2 a key is created, copied and used; the list shows its name, prefix, creation, last use and expiry", async () => {
  const { page, organizationId } = await signedInPage(server);
  await openKeys(page, organizationId);
  const form = await openForm(page);
  await form.getByLabel("Name", { exact: true }).fill("production-agent");
  await form.getByLabel("Expires").selectOption({ label: "90 days" });
  await form.getByRole("button", { name: "Create", exact: true }).click();
  const dialog = await shownKey(page);
  await dialog.getByText("Store this key securely. It will not be shown again.").waitFor();
  const key = await takeKey(dialog);
  expect(key).toMatch(/^as_live_v1_[A-Za-z0-9]{43}$/);

  expect(await columnNames(page)).toEqual(["Name", "Prefix", "Created", "Last Used", "Expires", "Status"]);
  await (await cellOf(page, "production-agent", "Prefix")).getByText(key.slice(0, 15), { exact: true }).waitFor();
  await (await cellOf(page, "production-agent", "Created")).getByText("just now").waitFor();
  await (await cellOf(page, "production-agent", "Last Used")).getByText("Never").waitFor();
  await (await cellOf(page, "production-agent", "Expires")).getByText("in 2mo").waitFor();
  const { data } = (await keysOf(key)).json;
  expect(data).toEqual([expect.objectContaining({ keyPrefix: key.slice(0, 15), name: "production-agent" })]);
  await expectSoon(page, "production-agent", "Last Used", "just now");
  expect((await page.content()).includes(key)).toBe(false);
});

test("AS1 the name is optional: a key without one is known by its prefix", async () => {
  const { page, organizationId } = await signedInPage(server);
  await openKeys(page, organizationId);
  const key = await takeKey(await makeKey(page, ""));
  await rowOf(page, key.slice(0, 15)).waitFor();
  expect((await keysOf(key)).json.data).toEqual([expect.objectContaining({ name: null })]);
});

test("AS4 AS5 a key in active use, which may not revoke itself, is revoked in the dashboard once its name was typed", async () => {
  const { page, organizationId } = await signedInPage(server);
  const { id, key } = await server.newKey(organizationId, { name: "mail-agent" });
  const own = await keysOf(key, "DELETE", `/${id}`);
  expect([own.status, own.json.detail]).toEqual([409, expect.stringContaining("or the dashboard")]);

  await openKeys(page, organizationId);
  await page.getByRole("button", { name: "Revoke mail-agent" }).click();
  const question = page.getByRole("dialog", { name: "Revoke mail-agent?" });
  await question.getByText(/^In the last 7 days: 1 request \(1 valid\)\. Last used: just now/).waitFor();
  expect(await page.evaluate("document.activeElement.tagName")).toMatch(/^(BUTTON|INPUT)$/);
  const revoke = question.getByRole("button", { name: "Revoke", exact: true });
  const name = question.getByLabel("Type mail-agent to confirm");
  expect(await revoke.isDisabled()).toBe(true);
  await name.fill("mail-agents");
  expect(await revoke.isDisabled()).toBe(true);
  expect((await keysOf(key)).status).toBe(200);
  await name.fill("mail-agent");
  await revoke.click();
  await page.getByText("The key no longer works").waitFor();
  expect((await keysOf(key)).status).toBe(401);
  await rowOf(page, "mail-agent").waitFor({ state: "detached" });
  await page.getByLabel("Status").selectOption({ label: "Revoked keys" });
  await (await cellOf(page, "mail-agent", "Status")).getByText("Revoked", { exact: true }).waitFor();
  expect(await page.getByRole("button", { name: "Revoke mail-agent" }).count()).toBe(0);
});

test("AS7 an expired key is refused, shown as expired in the dashboard, and not among the account's active keys", async () => {
  const { organizationId, keys } = demonstration;
  const { page } = await signedInPage(server, "owner", { organizationId });
  await openKeys(page, organizationId);
  await page.getByLabel("Status").selectOption({ label: "Expired" });
  await (await cellOf(page, "Conference demo", "Status")).getByText("Expired", { exact: true }).waitFor();
  await (await cellOf(page, "Conference demo", "Expires")).getByText("1mo ago").waitFor();
  expect((await keysOf(keys.expired.key)).status).toBe(401);
  const listed = (await keysOf(keys.active.key)).json.data.map(({ id }: { id: string }) => id);
  expect(listed).toContain(keys.active.id);
  expect(listed).not.toContain(keys.expired.id);
});
