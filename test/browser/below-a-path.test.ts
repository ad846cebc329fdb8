/** The dashboard below a path of somebody else's origin: whatever the browser asks for is below that path. */
import { afterAll, describe, expect, test } from "vitest";
import { newPage } from "../support/browser.ts";
import { PASSWORD } from "../support/people.ts";
import { PASSWORDS } from "../support/people-at-server.ts";
import { suiteServer } from "../support/server.ts";
import { secretIn } from "../support/shown-secrets.ts";
import { subPathProxy } from "../support/sub-path-proxy.ts";

describe.each([
  ["takes the path away", true],
  ["leaves the path on", false],
])("behind a proxy that %s", (_how, strips) => {
  let proxy: Awaited<ReturnType<typeof subPathProxy>>;
  let close = () => {};
  const server = suiteServer(async () => {
    proxy = await subPathProxy({ strips }, (end) => (close = end));
    return { env: { ...PASSWORDS, KEYWARD_BASE_URL: `${proxy.origin}/keys` } };
  });
  afterAll(() => close());

  test("a person creates an account and a key, reloads, signs out and in again, and never leaves the path", async () => {
    proxy.state.target = server.url;
    const page = await newPage({ url: proxy.origin });
    const keys = page.getByRole("heading", { name: "API Keys", exact: true });
    await page.goto("/keys/");
    await page.getByRole("button", { name: "No account yet? Create one" }).click();
    for (const [label, text] of [
      ["Name", "Ada Lovelace"],
      ["E-mail", "ada@example.com"],
      ["Password", PASSWORD],
    ] as const)
      await page.getByLabel(label).fill(text);
    await page.getByRole("button", { name: "Create account" }).click();
    await keys.waitFor();
    expect(new URL(page.url()).pathname).toMatch(/^\/keys\/org\/org_\w+\/settings\/api-keys$/);

    await page.getByRole("button", { name: "Create API key" }).first().click();
    await page.getByLabel("Name", { exact: true }).fill("production");
    await page.getByRole("button", { name: "Create", exact: true }).click();
    const key = await secretIn(page.getByRole("dialog", { name: "Save your key" }).getByLabel("Key", { exact: true }));
    const whoami = await fetch(`${proxy.origin}/keys/keyward/v1/whoami`, { headers: { authorization: `Bearer ${key}` } });
    expect(whoami.status).toBe(200);
    await page.getByRole("button", { name: "I have stored the key" }).click();
    await page.getByRole("link", { name: "production" }).click();
    await page.getByRole("heading", { name: "Limits" }).waitFor();

    await page.reload();
    await page.getByRole("heading", { name: "production" }).waitFor();
    const place = page.url();
    await page.getByRole("button", { name: "Account of Ada Lovelace" }).click();
    await page.getByRole("menuitem", { name: "Sign out", exact: true }).click();
    await page.getByRole("button", { name: "Sign in", exact: true }).waitFor();
    await page.goto(place);
    await page.waitForURL(/\/keys\/keyward\/sign-in\?next=%2Forg%2F/);
    await page.getByLabel("E-mail").fill("ada@example.com");
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("heading", { name: "production" }).waitFor();
    expect(page.url()).toBe(place);
    expect(proxy.state.seen.filter((path) => !/^\/keys\//.test(path))).toEqual([]);
  });
});
