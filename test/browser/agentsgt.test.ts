/** AgentsGT in a browser: what its page "Managing API Keys" says, step by step, with the platform's example behind it. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { announceFault, signedInPage } from "../support/browser.ts";
import {
  cellOf,
  columnNames,
  copied,
  expectSoon,
  goToKeys,
  openForm,
  openKey,
  openKeys,
  rowOf,
  shownKey,
  takeKey,
} from "../support/keys-page.ts";
import { PASSWORDS } from "../support/people-at-server.ts";
import { secret } from "../support/root.ts";
import { call, suiteServer } from "../support/server.ts";

const server = suiteServer({ platform: "agentsgt", args: ["--example"], env: PASSWORDS });
const PAIR = "Copy Both, as requests send them";

/** What a program is told that lists the agents. */
async function ask(credential: string, origin?: string): Promise<number> {
  const headers = { authorization: `Bearer ${credential}`, ...(origin !== undefined && { origin }) };
  return (await call(`${server.url}/api/v1/agents`, { headers })).status;
}

const publicKeyOf = (pair: string) => pair.slice(0, pair.indexOf(":"));

/** The list of somebody who has one key. */
async function keyInList(): Promise<{ page: Page; pair: string }> {
  const { page, organizationId } = await signedInPage(server);
  const made = await server.operator("POST", `/keyward/v1/organizations/${organizationId}/keys`, { name: "Production Website" });
  await openKeys(page, organizationId);
  return { page, pair: `${made.json.publicKey}:${secret(made.json.secretKey)}` };
}

test("AG1 AG5 AG7 a key pair is created step by step, works as copied, and its secret is shown once", async () => {
  const { page } = await signedInPage(server);
  await page.goto("/keyward/account");
  await goToKeys(page);
  expect(new URL(page.url()).pathname).toMatch(/^\/org\/[^/]+\/settings\/api-keys$/);

  const form = await openForm(page);
  await form.getByLabel("Name", { exact: true }).fill("Production Website");
  await form.getByLabel("Allowed domains").fill("Example.com, *.example.org");
  const checked = form.getByRole("list", { name: "Checked domains" }).getByRole("listitem");
  await checked.nth(1).waitFor();
  expect(await checked.allInnerTexts()).toEqual(["Example.com is saved as example.com", "*.example.org"]);
  await form.getByRole("button", { name: "Create", exact: true }).click();

  const dialog = await shownKey(page);
  await dialog.getByText("The secret key is only shown once. Copy it immediately and store it securely.").waitFor();
  const publicKey = await copied(dialog, "Copy Public Key");
  const secretKey = await copied(dialog, "Copy Secret Key");
  expect(publicKey).toMatch(/^pk_[a-z0-9]{32}$/);
  expect(secretKey).toMatch(/^sk_[a-z0-9]{64}$/);
  const pair = await takeKey(dialog, PAIR);
  expect(pair).toBe(`${publicKey}:${secretKey}`);
  expect([await ask(pair), await ask(pair, "https://evil.example")]).toEqual([200, 200]);

  const origins = [
    "https://example.com",
    "http://example.com:8080",
    "https://shop.example.org",
    "https://example.org",
    "https://evil-example.com",
    "null",
    undefined,
  ];
  const alone = await Promise.all(origins.map((origin) => ask(publicKey, origin)));
  expect(alone.map((status) => status === 200)).toEqual([true, true, true, false, false, false, false]);

  await rowOf(page, "Production Website").waitFor();
  for (const look of [() => page.reload(), () => openKey(page, "Production Website"), () => page.reload()]) {
    await look();
    await page.getByText(publicKey).filter({ visible: true }).waitFor();
    expect((await page.content()).includes(secretKey)).toBe(false);
  }
});

test("AG5 the list has the page's columns, and says when a key was used last", async () => {
  const { page, pair } = await keyInList();
  expect(await columnNames(page)).toEqual(["Name", "Public Key", "Last Used", "Status"]);
  await (await cellOf(page, "Production Website", "Public Key")).getByText(publicKeyOf(pair), { exact: true }).waitFor();
  await (await cellOf(page, "Production Website", "Last Used")).getByText("Never").waitFor();
  expect(await ask(pair)).toBe(200);
  await expectSoon(page, "Production Website", "Last Used", "just now");
});

test("AG4 an invalid domain is refused under its field, quoted and in the server's words, and nothing typed is lost; localhost is valid", async () => {
  const { page, organizationId, visitor } = await signedInPage(server);
  announceFault(page, /status of 400/);
  await openKeys(page, organizationId);
  const form = await openForm(page);
  await form.getByLabel("Name", { exact: true }).fill("Widget");
  const domains = form.getByLabel("Allowed domains");
  for (const wrong of ["*.co.uk", "https://example.com", "example.com/path"]) {
    const { data } = (await visitor.browser.send("POST", "/keyward/v1/domains/check", { domains: wrong })).json;
    const words: string = data[0].message;
    expect(words).toContain(JSON.stringify(wrong));
    await domains.fill(`example.com, ${wrong}`);
    await form.getByRole("listitem").getByText(words, { exact: true }).waitFor();
    await form.getByRole("button", { name: "Create", exact: true }).click();
    await form.getByRole("alert").getByText(words, { exact: true }).waitFor();
    expect(await form.getByRole("alert").count()).toBe(1);
    expect(await domains.evaluate("document.activeElement.getAttribute('aria-invalid')")).toBe("true");
    expect([await domains.inputValue(), await form.getByLabel("Name", { exact: true }).inputValue()]).toEqual([
      `example.com, ${wrong}`,
      "Widget",
    ]);
  }
  await domains.fill("example.com, localhost");
  await form.getByRole("listitem").getByText("localhost", { exact: true }).waitFor();
  await form.getByRole("button", { name: "Create", exact: true }).click();
  const publicKey = publicKeyOf(await takeKey(await shownKey(page), PAIR));
  await rowOf(page, "Widget").waitFor();
  const origins = ["http://localhost:5173", "https://localhost", "http://127.0.0.1:5173", "http://localhost.evil.example"];
  expect(await Promise.all(origins.map((origin) => ask(publicKey, origin)))).toEqual([200, 200, 403, 403]);
});

test("AG6 the switch in the list stops a key at once, and lets it work again", async () => {
  const { page, pair } = await keyInList();
  const enabled = page.getByRole("switch", { name: "Production Website enabled" });
  const status = await cellOf(page, "Production Website", "Status");
  await status.getByText("Enabled", { exact: true }).waitFor();
  expect(await ask(pair)).toBe(200);
  await enabled.click();
  await page.getByText("Production Website is disabled").waitFor();
  expect(await ask(pair)).toBe(401);
  await status.getByText("Disabled", { exact: true }).waitFor();
  await enabled.click();
  await page.getByText("Production Website is enabled").waitFor();
  expect(await ask(pair)).toBe(200);
  await status.getByText("Enabled", { exact: true }).waitFor();
});

test("AG5 a click on the key leads to its allowed domains; saving them holds from the next request on", async () => {
  const { page, pair } = await keyInList();
  announceFault(page, /status of 400/);
  const publicKey = publicKeyOf(pair);
  expect(await ask(publicKey, "https://www.example.com")).not.toBe(200);
  await openKey(page, "Production Website");
  const domains = page.getByLabel("Allowed domains");
  const save = page.getByRole("button", { name: "Save" });

  await domains.fill("com");
  await save.click();
  await page.getByRole("alert").getByText('"com" is a public suffix: everybody may have a website below it').waitFor();
  await domains.fill("*.Example.com, example.com");
  await save.click();
  await page.getByText("Saved", { exact: true }).waitFor();
  await expect.poll(() => domains.inputValue()).toBe("*.example.com, example.com");
  expect([await ask(publicKey, "https://www.example.com"), await ask(publicKey, "https://example.com")]).toEqual([200, 200]);

  await domains.fill("");
  await save.click();
  await page.getByText("None: the public key alone works nowhere").waitFor();
  expect(await ask(publicKey, "https://www.example.com")).not.toBe(200);
  expect(await ask(pair, "https://www.example.com")).toBe(200);
});

test("AG6 a key is deleted after a question: it is refused at once, and gone from the list", async () => {
  const { page, pair } = await keyInList();
  const remove = page.getByRole("button", { name: "Delete Production Website" });
  const question = page.getByRole("dialog", { name: "Delete Production Website?" });
  await remove.click();
  await question.getByText("This is permanent and immediate. Any applications using this key will stop working.").waitFor();
  await question.getByRole("button", { name: "Cancel" }).click();
  await question.waitFor({ state: "hidden" });
  await rowOf(page, "Production Website").waitFor();

  await remove.click();
  await question.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByText("The key no longer works").waitFor();
  expect(await ask(pair)).toBe(401);
  await rowOf(page, "Production Website").waitFor({ state: "detached" });
  await page.reload();
  await page.getByText("No API keys yet").waitFor();
  await page.getByLabel("Status").selectOption({ label: "Deleted keys" });
  await openKey(page, "Production Website");
  await page.getByRole("term").filter({ hasText: "Deleted" }).waitFor();
  expect(await page.getByRole("button", { name: "Delete" }).count()).toBe(0);
});
