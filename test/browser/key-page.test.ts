/** The page of one key: how it is used and how near its limits it is, what happened to it, trying it, and changing it from there. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { axe } from "../support/axe.ts";
import { sidewaysPx } from "../support/barriers.ts";
import { announceFault, signedInPage } from "../support/browser.ts";
import { clipboardOf } from "../support/clipboard.ts";
import { type Demonstration, demonstrate } from "../support/demonstration.ts";
import { PASSWORDS } from "../support/people-at-server.ts";
import { secret, traceDirectory } from "../support/root.ts";
import { call, suiteServer, type TestServer } from "../support/server.ts";
import { secretIn } from "../support/shown-secrets.ts";
import { FAILED_LOAD } from "../support/trouble.ts";

const run = promisify(execFile);

let demonstration: Demonstration;
const server = suiteServer(async () => {
  demonstration = await demonstrate({ directory: traceDirectory("server") });
  return { directory: demonstration.directory, env: PASSWORDS };
});

const pathOf = (organizationId: string, id = "") => `/org/${organizationId}/settings/api-keys/${id}`;
const apiOf = (organizationId: string, id: string) => `/keyward/v1/organizations/${organizationId}/keys/${id}`;
const card = (page: Page, title: string) =>
  page.locator("section").filter({ has: page.getByRole("heading", { name: title, exact: true }) });

/** A key of an organization of its own, and its page. */
async function onPageOf(body: Record<string, unknown> = {}, on: TestServer = server, options: Parameters<typeof signedInPage>[2] = {}) {
  const { page, organizationId, visitor } = await signedInPage(on, "owner", options);
  const made = await on.operator("POST", `/keyward/v1/organizations/${organizationId}/keys`, { name: "Mine", ...body });
  for (const one of [made.json.key, made.json.secretKey]) secret(one);
  await page.goto(pathOf(organizationId, made.json.id));
  await page.getByRole("heading", { level: 1, name: "Mine" }).waitFor();
  return { page, organizationId, visitor, ...(made.json as { id: string; key: string; publicKey: string; secretKey: string }) };
}

const whoami = (key: string, on: TestServer = server) =>
  call(`${on.url}/keyward/v1/whoami`, { headers: { authorization: `Bearer ${key}` } });

describe("use", () => {
  test("is shown by outcome for a day, a week and a month, in the numbers of the API", async () => {
    const { page } = await signedInPage(server, "viewer", { organizationId: demonstration.organizationId });
    const { id } = demonstration.keys.active;
    await page.goto(pathOf(demonstration.organizationId, id));
    for (const [period, title] of [
      ["7d", "7 days"],
      ["30d", "30 days"],
      ["24h", "24 hours"],
    ] as const) {
      await page.getByRole("navigation", { name: "Period" }).getByRole("link", { name: title }).click();
      const { totals, data } = (await server.operator("GET", `${apiOf(demonstration.organizationId, id)}/usage?period=${period}`)).json;
      const { valid, rate_limited: limited, ...others } = totals as Record<string, number>;
      const refused = Object.values(others).reduce((sum, count) => sum + count, 0);
      const [all, ...parts] = [valid! + limited! + refused, valid!, limited!, refused].map((count) => count.toLocaleString("en"));
      const sentence = `${all} requests in the last ${title}: ${parts[0]} valid, ${parts[1]} rate limited, ${parts[2]} refused.`;
      await page.getByText(sentence).locator("visible=true").first().waitFor();
      const chart = page.getByRole("img", { name: sentence });
      await chart.locator("svg .recharts-bar-rectangle path").first().waitFor();
      for (const kind of ["Valid", "Rate limited", "Refused"]) await chart.getByText(kind, { exact: true }).waitFor();
      const rows = await page.locator("table").filter({ hasText: sentence }).locator("tbody tr").allTextContents();
      expect(rows).toHaveLength(data.filter(({ outcomes }: { outcomes: object }) => Object.keys(outcomes).length > 0).length);
      const columns = [2, 3, 4].map((column) =>
        page.locator("table").filter({ hasText: sentence }).locator(`tbody tr > :nth-child(${column})`).allTextContents(),
      );
      const sums = (await Promise.all(columns)).map((cells) => cells.reduce((sum, cell) => sum + Number(cell.replaceAll(",", "")), 0));
      expect(sums).toEqual([valid, limited, refused]);
    }
  });

  test("is drawn by code that the list of keys does not load", async () => {
    const { page } = await signedInPage(server, "viewer", { organizationId: demonstration.organizationId });
    const scripts: string[] = [];
    page.on(
      "response",
      (response) => void (/\.js$/.test(new URL(response.url()).pathname) && scripts.push(new URL(response.url()).pathname)),
    );
    await page.goto(pathOf(demonstration.organizationId).slice(0, -1));
    await page.getByRole("link", { name: "Production backend" }).waitFor();
    await page.waitForLoadState("networkidle");
    expect(scripts.filter((path) => /chart/i.test(path))).toEqual([]);
    await page.getByRole("link", { name: "Production backend" }).click();
    await page.locator("svg .recharts-bar-rectangle path").first().waitFor();
    expect(scripts.filter((path) => /chart/i.test(path))).not.toEqual([]);
  });
});

test("the limits say how near each is, and move with the next request", async () => {
  const { page, key } = await onPageOf({ limits: { requestsPerMinute: 10, requestsPerDay: 1_000, concurrentRequests: 3 } });
  const limits = card(page, "Limits");
  const meter = limits.getByRole("meter", { name: "Per minute" });
  await limits.getByText("0 of 10 requests in the last minute").waitFor();
  await limits.getByText("0 of 1,000 requests in the last 24 hours").waitFor();
  expect(await meter.getAttribute("aria-valuenow")).toBe("0");
  for (let sent = 0; sent < 9; sent++) await whoami(key);
  await limits.getByText(/^9 of 10 requests in the last minute; resets in \d+ seconds?$/).waitFor();
  await limits.getByText(/^9 of 1,000 requests in the last 24 hours; resets in /).waitFor();
  expect(await meter.getAttribute("aria-valuenow")).toBe("9");
  expect(await limits.getByText("Set for this key").count()).toBe(3);
});

test("its history tells who made it, changed it and rotated it, in sentences", async () => {
  const { page, organizationId, id, visitor } = await onPageOf();
  await visitor.browser.send("PATCH", apiOf(organizationId, id), { enabled: false, scopes: ["agents:read"] });
  await visitor.browser.send("PATCH", apiOf(organizationId, id), { enabled: true });
  secret((await visitor.browser.send("POST", `${apiOf(organizationId, id)}/rotate`, { overlap: "1h" })).json.key);
  await page.reload();
  const events = card(page, "History").getByRole("listitem");
  await events.nth(3).waitFor();
  const told = (await events.allInnerTexts()).map((text) => text.split("\n")[0]);
  expect(told).toEqual([
    expect.stringMatching(/^Ada Lovelace rotated this API key; the old one works until /),
    expect.stringMatching(/^Ada Lovelace enabled this API key\./),
    expect.stringMatching(/^Ada Lovelace disabled this API key and changed its scopes\./),
    expect.stringMatching(/^The operator created this API key “Mine”\./),
  ]);
  await page.getByRole("link", { name: "Open in audit log" }).click();
  await page.waitForURL(new RegExp(`audit-log\\?subject=${id}`));
  await page.getByText("Ada Lovelace rotated").first().waitFor();
});

describe("Test this key", () => {
  const ask = async (page: Page, credential: string) => {
    const form = card(page, "Test this key");
    await form.getByLabel(/^Key/).fill(credential);
    await form.getByRole("button", { name: "Test", exact: true }).click();
    return form;
  };

  test("a key that is disabled and expired cannot be enabled, and no advice says so", async () => {
    const { page, organizationId, id, key } = await onPageOf();
    // Both at once: an expired key cannot be disabled any more.
    await server.operator("PATCH", apiOf(organizationId, id), { enabled: false, expiresIn: "1s" });
    await expect
      .poll(async () => (await server.operator("GET", apiOf(organizationId, id))).json.refusedFor)
      .toEqual(["disabled", "expired"]);
    await page.reload();
    await page.getByText("it has also expired").locator("visible=true").first().waitFor();
    expect(await page.getByRole("switch").count()).toBe(0);
    const form = await ask(page, key);
    await form.getByText("It would be refused: disabled").waitFor();
    await form.getByText("enabling it would not help. Create a new one to replace it.").waitFor();
  });

  test("shows the verdict that a request would get, for any key, and counts nothing", async () => {
    const { page, organizationId, id, key } = await onPageOf({ scopes: ["agents:read"], limits: { requestsPerMinute: 5 } });
    const other = await server.newKey(organizationId, { name: "Other" });
    const stranger = await server.newKey(demonstration.emptyId);
    const form = await ask(page, key);
    await form.getByText("It would be accepted").waitFor();
    await form.getByText(/0 of 5 requests/).waitFor();
    await form.getByLabel("Scopes that the request needs").fill("agents:write");
    await ask(page, key);
    await form.getByText("It would be refused: a scope is missing").waitFor();
    await form.getByLabel("Scopes that the request needs").fill("");
    await ask(page, ` Bearer ${other.key} `);
    await form.getByText("It would be accepted").waitFor();
    await form.getByText("This is another key of the organization").waitFor();
    await ask(page, stranger.key);
    await form.getByText("It would be refused: unknown").waitFor();
    expect(await form.getByText("This is another key").count()).toBe(0);
    await ask(page, key.slice(0, -3));
    await form.getByText("It would be refused: not a key").waitFor();
    await server.operator("PATCH", apiOf(organizationId, id), { enabled: false });
    await ask(page, key);
    await form.getByText("It would be refused: disabled").waitFor();
    const record = (await server.operator("GET", apiOf(organizationId, id))).json;
    expect(record.lastUsedAt).toBeNull();
    const { totals } = (await server.operator("GET", `${apiOf(organizationId, id)}/usage`)).json;
    expect(totals).toEqual({});
    await form.getByRole("button", { name: "Clear" }).click();
    expect(await form.getByLabel(/^Key/).inputValue()).toBe("");
    expect(await page.evaluate<string>("JSON.stringify([{ ...localStorage }, { ...sessionStorage }])")).not.toContain(key.slice(0, 30));
  });
});

describe("the code to begin with", () => {
  test("curl, as copied, calls the API; the other samples contain no key either", async () => {
    const { page, id, key } = await onPageOf({}, server, { permissions: ["clipboard-read", "clipboard-write"] });
    const samples = card(page, "Use this key");
    const copied = async (language: string) => {
      await samples.getByRole("tab", { name: language }).click();
      await samples.getByRole("button", { name: `Copy the ${language} sample` }).click();
      await page.getByText(`${language} sample copied`).first().waitFor();
      return clipboardOf(page);
    };
    const curl = await copied("curl");
    const { stdout } = await run("sh", ["-c", `${curl} --silent --show-error --fail`], {
      env: { PATH: process.env.PATH, KEYWARD_API_KEY: key },
    });
    expect(JSON.parse(stdout)).toMatchObject({ keyId: id });
    const typescript = (await copied("TypeScript")).replaceAll(/^import.*$/gm, "");
    const node = await run(process.execPath, ["--input-type=module", "--eval", `import { env } from "node:process";${typescript}`], {
      env: { KEYWARD_API_KEY: key },
    });
    expect(node.stdout).toContain(id);
    const python = await copied("Python");
    for (const code of [curl, typescript, python]) {
      expect(code).toContain("KEYWARD_API_KEY");
      expect(code).not.toContain(key.slice(0, 12));
    }
  });
});

describe("from its page", () => {
  test("a key is edited, and the page shows it", async () => {
    const { page, organizationId, id } = await onPageOf();
    await page.getByRole("button", { name: "Edit" }).click();
    const dialog = page.getByRole("dialog", { name: "Edit Mine" });
    await dialog.getByLabel("Name", { exact: true }).fill("Mine still");
    await dialog.getByText("More", { exact: true }).click();
    await dialog.getByLabel(/^Scopes/).fill("agents:read");
    await dialog.getByLabel("Per minute").fill("30");
    await dialog.getByRole("button", { name: "Save" }).click();
    await page.getByRole("heading", { level: 1, name: "Mine still" }).waitFor();
    await card(page, "Details").getByText("agents:read").waitFor();
    await card(page, "Limits").getByText("0 of 30 requests in the last minute").waitFor();
    await card(page, "History").getByText("changed the name, scopes and limits of this API key").waitFor();
    const record = (await server.operator("GET", apiOf(organizationId, id))).json;
    expect(record).toMatchObject({ name: "Mine still", scopes: ["agents:read"], limits: { requestsPerMinute: 30 } });
  });

  test("it is switched off and on", async () => {
    const { page, key } = await onPageOf();
    const toggle = page.getByRole("switch", { name: "Mine enabled" });
    await toggle.click();
    await page.getByText("until somebody enables it again").locator("visible=true").first().waitFor();
    expect((await whoami(key)).status).toBe(401);
    await toggle.click();
    await expect.poll(async () => (await whoami(key)).status).toBe(200);
  });

  test("it is rotated: both work, and each page leads to the other", async () => {
    const { page, key } = await onPageOf();
    await page.getByRole("button", { name: "Rotate" }).click();
    await page.getByRole("dialog", { name: "Rotate Mine" }).getByRole("button", { name: "Rotate", exact: true }).click();
    const saved = page.getByRole("dialog", { name: "Save your key" });
    const successor = await secretIn(saved.getByLabel("Key", { exact: true }));
    await saved.getByRole("button", { name: "I have stored the key" }).click();
    await page
      .getByText(/^Rotating, /)
      .locator("visible=true")
      .first()
      .waitFor();
    expect(await page.getByRole("button", { name: "Rotate" }).count()).toBe(0);
    expect([(await whoami(key)).status, (await whoami(successor)).status]).toEqual([200, 200]);
    await card(page, "Details").getByRole("link", { name: /^key_/ }).click();
    await card(page, "Details").getByText("Replaces").waitFor();
    await page.getByRole("button", { name: "Rotate" }).waitFor();
  });

  test("it is rotated again: the dialog says first that what it has replaced stops at once", async () => {
    const { page, organizationId, id, key } = await onPageOf();
    const { json: second } = await server.operator("POST", `${apiOf(organizationId, id)}/rotate`, { overlap: "30d" });
    secret(second.key);
    await page.goto(pathOf(organizationId, second.id));
    await page.getByRole("button", { name: "Rotate" }).click();
    const dialog = page.getByRole("dialog", { name: "Rotate Mine" });
    await dialog.getByText(/^The key that this one replaced still works until .* It stops at once when you rotate\.$/).waitFor();
    await dialog.getByRole("button", { name: "Rotate", exact: true }).click();
    const saved = page.getByRole("dialog", { name: "Save your key" });
    await secretIn(saved.getByLabel("Key", { exact: true }));
    await saved.getByRole("button", { name: "I have stored the key" }).click();
    expect([(await whoami(key)).status, (await whoami(second.key)).status]).toEqual([401, 200]);
  });

  test("it is revoked, once its name is typed, because it is in use; then nothing can be done with it", async () => {
    const { page, key } = await onPageOf();
    expect((await whoami(key)).status).toBe(200);
    await page.getByRole("button", { name: "Revoke" }).click();
    const dialog = page.getByRole("dialog", { name: "Revoke Mine?" });
    await dialog.getByLabel("Type Mine to confirm").fill("Mine");
    await dialog.getByRole("button", { name: "Revoke", exact: true }).click();
    await page.getByText("Every request with it is refused permanently").locator("visible=true").waitFor();
    expect((await whoami(key)).status).toBe(401);
    expect(await page.getByRole("button", { name: /^(Edit|Rotate|Revoke|Test)$/ }).count()).toBe(0);
    expect(await page.getByRole("switch").count()).toBe(0);
    await card(page, "History").getByText("revoked this API key").waitFor();
  });

  test("an unknown key leads back to the list", async () => {
    const { page, organizationId } = await signedInPage(server);
    announceFault(page, FAILED_LOAD);
    await page.goto(pathOf(organizationId, demonstration.keys.active.id));
    await page.getByRole("heading", { name: "There is no such key" }).waitFor();
    await page.getByRole("link", { name: "Go to the API keys" }).click();
    await page.getByRole("heading", { name: "No API keys yet" }).waitFor();
  });
});

describe("a pair of keys", () => {
  const pairs = suiteServer({ platform: "agentsgt", env: PASSWORDS });

  test("AG6 is tested as the pair from anywhere, and as the public key alone from its allowed domains only", async () => {
    const { page, publicKey, secretKey } = await onPageOf({ domains: ["example.com"] }, pairs);
    const form = card(page, "Test this key");
    const ask = async (credential: string, origin: string, title: string) => {
      await form.getByLabel("Key pair, or public key alone").fill(credential);
      await form.getByLabel("Origin").fill(origin);
      await form.getByRole("button", { name: "Test", exact: true }).click();
      await form.getByText(title).waitFor();
    };
    await ask(`${publicKey}:${secretKey}`, "", "It would be accepted");
    await ask(publicKey, "https://evil.example", "It would be refused: website not allowed");
    await ask(publicKey, "https://example.com", "It would be accepted");
    await ask(publicKey, "", "It would be refused: website not allowed");
    const changed = secretKey.replace(/.$/, (last) => (last === "0" ? "1" : "0"));
    await ask(`${publicKey}:${changed}`, "", "It would be refused");
  });
});

describe("refused requests", () => {
  test("a key without any has no such card; then each refusal says why and what to do, and nothing that a stranger wrote is markup", async () => {
    const { page, key, organizationId, id } = await onPageOf({ scopes: ["agents:read"] });
    await card(page, "History").waitFor();
    expect(await card(page, "Refused requests").count()).toBe(0);

    const body = { key, scopes: ["payments:write"] };
    const { requestId } = await server.operator("POST", "/keyward/v1/verify", body);
    await server.operator("DELETE", apiOf(organizationId, id));
    await call(`${server.url}/keyward/v1/whoami?<img src=x>`, { headers: { "x-api-key": key } });
    await page.reload();
    const rows = card(page, "Refused requests").locator("li");
    await rows.nth(1).waitFor();
    expect(await rows.count()).toBe(2);
    await rows.nth(0).getByText("The key was revoked, which is final.").waitFor();
    await rows.nth(1).getByText("The key lacks the scope payments:write.").waitFor();
    await rows.nth(1).getByText("Give the key this scope", { exact: false }).waitFor();
    for (const row of [0, 1]) await rows.nth(row).getByText("Details").press("Enter");
    await rows.nth(0).getByText("GET /keyward/v1/whoami (whoami)").waitFor();
    await rows
      .nth(1)
      .getByText(requestId ?? "none")
      .waitFor();
    await axe(page);
    await page.emulateMedia({ colorScheme: "dark" });
    await axe(page);
    await page.setViewportSize({ width: 360, height: 800 });
    expect(await sidewaysPx(page)).toBe(0);
  });
});
