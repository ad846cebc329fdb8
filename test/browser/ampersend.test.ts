/** ampersend's documentation page in the browser, step by step: two deployments, keys that are made, restricted and revoked in the dashboard. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { signedInPage } from "../support/browser.ts";
import { clipboardOf } from "../support/clipboard.ts";
import { PASSWORDS } from "../support/people-at-server.ts";
import { call, suiteServer, type TestServer } from "../support/server.ts";
import { secretIn } from "../support/shown-secrets.ts";

const deployment = (environment: "live" | "test") =>
  suiteServer({ platform: "ampersend", args: ["--environment", environment, "--example"], env: PASSWORDS });
const production = deployment("live");
const sandbox = deployment("test");

async function send(server: TestServer, key: string, method: string, path: string, body?: unknown) {
  return call(server.url + path, {
    method,
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

/** Opens the dashboard and goes to API Keys in the user menu. */
async function apiKeys(server: TestServer): Promise<Page> {
  const { page } = await signedInPage(server, "owner", { permissions: ["clipboard-read", "clipboard-write"] });
  await page.goto("/keyward/account");
  await page.getByRole("button", { name: "Account of Ada Lovelace" }).click();
  await page.getByRole("menuitem", { name: "API Keys" }).click();
  await page.getByRole("heading", { name: "API Keys", exact: true }).waitFor();
  return page;
}

/** Clicks Create API key, gives it a name and these scopes, and copies the secret; `more` fills in the rest of the form. */
async function create(
  page: Page,
  name: string,
  scopes: readonly string[],
  more: () => Promise<unknown> = async () => undefined,
): Promise<string> {
  await page.getByRole("button", { name: "Create API key" }).first().click();
  await page.getByLabel("Name", { exact: true }).fill(name);
  for (const scope of scopes) await page.getByRole("checkbox", { name: scope }).check();
  await more();
  await page.getByRole("button", { name: "Create", exact: true }).click();
  const shown = page.getByRole("dialog", { name: "Save your key" });
  await shown.getByText("It will not be shown again.").waitFor();
  const key = await secretIn(shown.getByLabel("Key", { exact: true }));
  await shown.getByRole("button", { name: "Copy Key" }).click();
  await shown.getByRole("button", { name: "Copied" }).waitFor();
  expect(await clipboardOf(page)).toBe(key);
  await page.getByRole("button", { name: "I have stored the key" }).click();
  await page.getByRole("link", { name }).waitFor();
  return key;
}

test.each([
  ["production", production, "sk_live_", sandbox],
  ["sandbox", sandbox, "sk_test_", production],
])(
  "AM1 AM2 AM3 the dashboard of %s makes a key of its own kind, shows it once, and the other deployment refuses it",
  async (_name, own, kind, other) => {
    const page = await apiKeys(own);
    const key = await create(page, "provisioning", ["agents:read"]);
    expect(key.startsWith(kind)).toBe(true);
    expect([(await send(own, key, "GET", "/v1/agents")).status, (await send(other, key, "GET", "/v1/agents")).status]).toEqual([200, 401]);
    expect(await page.content()).not.toContain(key);
    expect(await page.getByLabel("Environment").count()).toBe(0);
    await page.reload();
    await page.getByRole("link", { name: "provisioning" }).click();
    await page.getByRole("heading", { name: "provisioning" }).waitFor();
    expect(await page.content()).not.toContain(key);
    expect(await page.getByRole("button", { name: "Show key" }).count()).toBe(0);
  },
);

test("AM5 Revoke stands next to the key, and the very next request with it is 401", async () => {
  const page = await apiKeys(production);
  const [leaked, kept] = [await create(page, "leaked", ["agents:read"]), await create(page, "kept", ["agents:read"])];
  for (const key of [leaked, kept]) expect((await send(production, key, "GET", "/v1/agents")).status).toBe(200);
  await page.getByRole("button", { name: "Revoke leaked" }).click();
  const asked = page.getByRole("dialog", { name: "Revoke leaked?" });
  await asked.getByText("This is permanent and immediate.").waitFor();
  // It has just been used: its name must be typed.
  await asked.getByLabel("Type leaked to confirm").fill("leaked");
  const answered = page.waitForResponse((response) => response.request().method() === "DELETE");
  await asked.getByRole("button", { name: "Revoke" }).click();
  expect((await answered).status()).toBe(204);
  const refused = await send(production, leaked, "GET", "/v1/agents");
  expect([refused.status, refused.headers.get("www-authenticate")]).toEqual([401, expect.stringContaining("Bearer")]);
  expect((await send(production, kept, "GET", "/v1/agents")).status).toBe(200);
  await page.getByRole("link", { name: "leaked" }).waitFor({ state: "detached" });
  await expect.poll(() => page.getByRole("link", { name: "kept" }).count()).toBe(1);
});

test("AM7 the form selects no scope by itself, and requires one before it creates a key", async () => {
  const page = await apiKeys(production);
  const posted: string[] = [];
  page.on("request", (request) => request.method() === "POST" && posted.push(request.url()));
  await page.getByRole("button", { name: "Create API key" }).first().click();
  await page.getByLabel("Name", { exact: true }).fill("minimal");
  const scopes = page.getByRole("group", { name: "Scopes" });
  await scopes.getByText("Choose only what the key needs").waitFor();
  expect(await scopes.getByRole("checkbox").count()).toBe(9);
  expect(await scopes.getByRole("checkbox", { checked: true }).count()).toBe(0);
  await page.getByRole("button", { name: "Create", exact: true }).click();
  await scopes.getByRole("alert").getByText("Choose at least one scope").waitFor();
  expect(
    await scopes
      .getByRole("checkbox", { name: "agents:read" })
      .evaluate((node: object) => "matches" in node && (node as { matches(of: string): boolean }).matches(":focus")),
  ).toBe(true);
  expect(posted).toEqual([]);
  await scopes.getByRole("checkbox", { name: "exports:read" }).check();
  await page.getByRole("button", { name: "Create", exact: true }).click();
  const key = await secretIn(page.getByRole("dialog", { name: "Save your key" }).getByLabel("Key", { exact: true }));
  expect((await send(production, key, "GET", "/v1/export/transactions")).status).toBe(200);
  expect((await send(production, key, "GET", "/v1/agents")).status).toBe(403);
});

test("AM7 a key that the form restricts to some scopes and agents gets 403 for others", async () => {
  const page = await apiKeys(production);
  const all = await create(page, "all", ["agents:write"]);
  const [mine, other] = [
    (await send(production, all, "POST", "/v1/agents", { name: "a" })).json,
    (await send(production, all, "POST", "/v1/agents", { name: "b" })).json,
  ];
  const key = await create(page, "restricted", ["agents:read", "allowlists:read"], async () => {
    await page.getByText("More", { exact: true }).click();
    await page.getByRole("group", { name: "Agents" }).getByLabel("Only these").check();
    await page.getByLabel("Names of agents").fill(mine.address);
  });
  const status = async (method: string, path: string, body?: unknown) => (await send(production, key, method, path, body)).status;
  expect(await status("GET", `/v1/agents/${mine.address}`)).toBe(200);
  expect(await status("GET", `/v1/agents/${mine.address}/allowlist`)).toBe(200);
  expect(await status("PATCH", `/v1/agents/${mine.address}`, { name: "c" })).toBe(403);
  expect(await status("GET", `/v1/agents/${mine.address}/keys`)).toBe(403);
  expect(await status("GET", `/v1/agents/${other.address}`)).toBe(403);
  await page.getByRole("button", { name: "More for restricted" }).click();
  await page.getByRole("menuitem", { name: "Edit" }).click();
  await page.getByRole("checkbox", { name: "agents:read" }).uncheck();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  expect(await status("GET", `/v1/agents/${mine.address}`)).toBe(403);
  expect(await status("GET", `/v1/agents/${mine.address}/allowlist`)).toBe(200);
});
