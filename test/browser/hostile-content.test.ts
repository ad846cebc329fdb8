/** What others have written is text and nothing else, and what other websites do changes nothing: tried in a browser. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "playwright-core";
import { describe, expect, onTestFinished, test } from "vitest";
import { announceFault, newPage, signedInPage } from "../support/browser.ts";
import { type Demonstration, demonstrate } from "../support/demonstration.ts";
import { HOSTILE_NAME } from "../support/past.ts";
import { PASSWORD } from "../support/people.ts";
import { PASSWORDS, signedIn, signedInOperator } from "../support/people-at-server.ts";
import { secret, traceDirectory } from "../support/root.ts";
import { call, suiteServer, type TestServer } from "../support/server.ts";

const HOSTILE_SCRIPT = `"><script>globalThis.wasRun=1</script>`;
const HOSTILE_RESOURCE = `<img/src=x/onerror=globalThis.wasRun=1>`;

let demonstration: Demonstration;
const server = suiteServer(async () => {
  demonstration = await demonstrate({ directory: traceDirectory("server") });
  return { directory: demonstration.directory, env: PASSWORDS };
});

const at = (organizationId: string, screen: string) => `/org/${organizationId}/settings/${screen}`;

/** Sees the text, and that nothing came of it. */
async function standsAsText(page: Page, text: string): Promise<void> {
  await page.getByText(text).locator("visible=true").first().waitFor();
  await nothingCameOfIt(page);
}

async function nothingCameOfIt(page: Page): Promise<void> {
  expect(await page.locator('img, iframe, object, embed, script:not([src]), [onerror], [onload], a[href^="javascript:"]').count()).toBe(0);
  expect(await page.evaluate("globalThis.wasRun")).toBeUndefined();
}

describe("markup is text", () => {
  test("in the name of a key: in the list, in every dialog, on its page, in the history and the audit log", async () => {
    const { page, organizationId } = await signedInPage(server);
    const { id } = await server.newKey(organizationId, { name: HOSTILE_NAME, resources: [HOSTILE_RESOURCE], scopes: ["agents:read"] });
    await page.goto(at(organizationId, "api-keys"));
    await standsAsText(page, HOSTILE_NAME);
    for (const action of ["Edit", "Rotate"]) {
      await page.getByRole("button", { name: `More for ${HOSTILE_NAME}` }).click();
      await page.getByRole("menuitem", { name: action, exact: true }).click();
      await page.getByRole("dialog", { name: `${action} ${HOSTILE_NAME}` }).waitFor();
      await nothingCameOfIt(page);
      await page.keyboard.press("Escape");
    }
    await page.getByRole("button", { name: `Revoke ${HOSTILE_NAME}` }).click();
    await page.getByRole("dialog", { name: `Revoke ${HOSTILE_NAME}?` }).waitFor();
    await nothingCameOfIt(page);
    await page.keyboard.press("Escape");
    await page.getByRole("switch", { name: `${HOSTILE_NAME} enabled` }).click();
    await standsAsText(page, `${HOSTILE_NAME} is disabled`);
    await page.goto(at(organizationId, `api-keys/${id}`));
    await page.getByRole("heading", { level: 1, name: HOSTILE_NAME }).waitFor();
    await standsAsText(page, HOSTILE_RESOURCE);
    await page.goto(at(organizationId, "audit-log"));
    await standsAsText(page, HOSTILE_NAME);
    for (const details of await page.locator("summary").all()) await details.click();
    await page.locator("dd").getByText(HOSTILE_NAME).first().waitFor();
    await nothingCameOfIt(page);
  });

  test("in the names of people and organizations, and in the notes of invitations", async () => {
    const visitor = await signedIn(server, { name: HOSTILE_NAME });
    const path = `/keyward/v1/organizations/${visitor.organizationId}`;
    await visitor.browser.send("PATCH", path, { name: HOSTILE_SCRIPT });
    secret((await visitor.browser.send("POST", `${path}/invitations`, { role: "viewer", note: HOSTILE_RESOURCE })).json.link.split("#")[1]);
    const page = await newPage(server);
    await page.context().addCookies(visitor.cookies);
    await page.goto(at(visitor.organizationId, "members"));
    await standsAsText(page, HOSTILE_NAME);
    await standsAsText(page, HOSTILE_RESOURCE);
    await standsAsText(page, HOSTILE_SCRIPT);
    await page.getByRole("button", { name: `Withdraw the invitation for ${HOSTILE_RESOURCE}` }).click();
    await page.getByRole("dialog", { name: `Withdraw the invitation for ${HOSTILE_RESOURCE}?` }).waitFor();
    await nothingCameOfIt(page);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: `Account of ${HOSTILE_NAME}` }).click();
    await page.getByRole("menuitem", { name: "Account" }).waitFor();
    await nothingCameOfIt(page);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: `Organization ${HOSTILE_SCRIPT}, change it` }).click();
    await page.getByRole("menuitemradio", { name: HOSTILE_SCRIPT }).waitFor();
    await nothingCameOfIt(page);
    await page.goto(at(visitor.organizationId, "general"));
    await page.getByLabel("Organization name").waitFor();
    expect(await page.getByLabel("Organization name").inputValue()).toBe(HOSTILE_SCRIPT);
    await nothingCameOfIt(page);
  });

  test("in what a browser says of itself", async () => {
    const { page, visitor } = await signedInPage(server);
    const agent = `${HOSTILE_RESOURCE}<script>globalThis.wasRun=1</script>`;
    await visitor.browser.send(
      "POST",
      "/keyward/auth/sign-in/email",
      { email: visitor.email, password: PASSWORD },
      { "user-agent": agent },
    );
    await page.goto("/keyward/account");
    const others = page.getByRole("row").filter({ hasNotText: "This session" });
    await others.nth(1).waitFor();
    const told = await page.getByRole("table", { name: "Sessions" }).innerHTML();
    expect(told).toContain("&lt;img/src=x");
    for (const browser of await page.locator("td span[tabindex]").all()) await browser.focus();
    await nothingCameOfIt(page);
  });

  test("in addresses: what they search for, fill in, or lead to", async () => {
    const { page, organizationId } = await signedInPage(server);
    const hostile = encodeURIComponent(HOSTILE_NAME);
    await page.goto(`${at(organizationId, "api-keys")}?search=${hostile}`);
    await page.getByRole("heading", { name: "No key matches" }).waitFor();
    expect(await page.getByRole("searchbox").inputValue()).toBe(HOSTILE_NAME);
    await page.goto(`${at(organizationId, "api-keys")}?create=true&name=${hostile}&expires=${hostile}&scopes=${hostile}`);
    await page.getByRole("dialog", { name: "Create API key" }).waitFor();
    expect(await page.getByRole("dialog").getByLabel("Name", { exact: true }).inputValue()).toBe(HOSTILE_NAME);
    await nothingCameOfIt(page);
    await page.goto(`${at(organizationId, "audit-log")}?action=${hostile}&actor=${hostile}&subject=${hostile}`);
    await page.getByRole("heading", { name: "No event matches" }).waitFor();
    await nothingCameOfIt(page);
    const signedOut = await newPage(server);
    for (const next of ["javascript:globalThis.wasRun=1", "//127.0.0.2:9/", "/\\127.0.0.2:9/", HOSTILE_NAME]) {
      await signedOut.goto(`/keyward/sign-in?error=${hostile}&next=${encodeURIComponent(next)}`);
      await signedOut.getByText("Signing in did not work").waitFor();
      expect(await signedOut.locator("body").innerText()).not.toContain("onerror");
      await nothingCameOfIt(signedOut);
    }
    const email = (await signedIn(server)).email;
    await signedOut.getByLabel("E-mail").fill(email);
    await signedOut.getByLabel("Password").fill(PASSWORD);
    await signedOut.getByRole("button", { name: "Sign in", exact: true }).click();
    await signedOut.waitForURL(/settings\/api-keys/);
  });
});

test("names of the length that is allowed, and of every direction, break no layout", { timeout: 120_000 }, async () => {
  const long = "W".repeat(128);
  const arabic = "مفتاح الإنتاج ".repeat(9).trim();
  const { page, organizationId, visitor } = await signedInPage(server, "owner", { viewport: { width: 360, height: 740 } });
  await visitor.browser.send("PATCH", `/keyward/v1/organizations/${organizationId}`, { name: long });
  const { id } = await server.newKey(organizationId, { name: long, resources: ["r".repeat(128)], scopes: ["s".repeat(64)] });
  await server.newKey(organizationId, { name: arabic });
  secret(
    (
      await visitor.browser.send("POST", `/keyward/v1/organizations/${organizationId}/invitations`, { role: "viewer", note: long })
    ).json.link.split("#")[1],
  );
  await signedIn(server, { role: "admin", organizationId, name: `${arabic}` });
  const fits = async (where: string) => {
    await page.waitForLoadState("networkidle");
    expect(await page.evaluate("document.scrollingElement.scrollWidth"), where).toBe(360);
  };
  for (const screen of ["api-keys", `api-keys/${id}`, "members", "plan", "audit-log", "general"]) {
    await page.goto(at(organizationId, screen));
    await page.getByRole("heading", { level: 1 }).waitFor();
    await fits(screen);
  }
  await page.goto(at(organizationId, "audit-log"));
  await page.locator("summary").first().click();
  await fits("details of an event");
  await page.goto(at(organizationId, "api-keys"));
  for (const name of [arabic, long]) {
    await page.getByRole("button", { name: `More for ${name}` }).click();
    await page.getByRole("menuitem", { name: "Revoke" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Revoke", exact: true }).waitFor();
    const box = (await dialog.getByRole("heading").boundingBox())!;
    expect(box.x >= 0 && box.x + box.width <= 360, "the title stays in sight").toBe(true);
    expect(await page.evaluate("[...document.querySelectorAll('[role=dialog]')].every((one) => one.scrollWidth <= 360)"), "dialog").toBe(
      true,
    );
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
  }
});

describe("other websites", () => {
  /** A page of another origin on this very machine: to cookies it is the same site, so that they are sent along. */
  async function otherSite(body = ""): Promise<string> {
    const site = createServer((_request, response) => {
      response
        .writeHead(200, { "content-type": "text/html" })
        .end(`<!doctype html><html lang="en"><title>Other</title><link rel="icon" href="data:,"><body>${body}`);
    });
    await new Promise<void>((listening) => site.listen(0, "127.0.0.1", listening));
    onTestFinished(() => void site.close());
    return `http://127.0.0.1:${(site.address() as AddressInfo).port}/`;
  }

  test("cannot show any page in a frame", async () => {
    const paths = ["/keyward/sign-in", "/keyward/", "/keyward/account", "/org/any/settings/api-keys"];
    const other = await otherSite(paths.map((path) => `<iframe src="${server.url}${path}"></iframe>`).join(""));
    const { page } = await signedInPage(server, "owner", { identityProvider: other });
    announceFault(page, /frame-ancestors|Refused to frame|Framing/);
    await page.goto(other);
    const frames = () =>
      page
        .frames()
        .slice(1)
        .map((frame) => frame.url());
    await expect.poll(frames).toEqual(paths.map(() => expect.stringMatching(/^chrome-error:/)));
  });

  test("cannot change anything with a person's cookies, neither by fetch nor by a form", async () => {
    const other = await otherSite();
    const { page, organizationId } = await signedInPage(server, "owner", { identityProvider: other });
    announceFault(page, /CORS|Failed to load resource/);
    const { id } = await server.newKey(organizationId, { name: "Untouched" });
    const own = `/keyward/v1/organizations/${organizationId}`;
    const path = server.url + own;
    const before = await server.operator("GET", own);
    await page.goto(other);
    const statuses = new Map<string, number>();
    page.on("response", (response) =>
      statuses.set(`${response.request().method()} ${new URL(response.url()).pathname.split("/").at(-1)}`, response.status()),
    );
    const send = (url: string, init: Record<string, unknown>) =>
      page.evaluate<string>(
        `fetch(${JSON.stringify(url)}, ${JSON.stringify({ credentials: "include", ...init })}).then(({ type }) => type, ({ name }) => name)`,
      );
    const body = JSON.stringify({ name: "Forged" });
    expect(await send(`${path}/keys`, { method: "POST", body, headers: { "content-type": "application/json" } })).toBe("TypeError");
    expect(await send(`${path}/keys`, { method: "POST", body, mode: "no-cors", headers: { "content-type": "text/plain" } })).toBe("opaque");
    expect(await send(`${path}/keys`, { method: "POST", mode: "no-cors" })).toBe("opaque");
    expect(await send(`${path}/keys/${id}`, { method: "DELETE" })).toBe("TypeError");
    expect(await send(path, { method: "PATCH", body, headers: { "content-type": "application/json" } })).toBe("TypeError");
    expect(await send(`${server.url}/keyward/v1/session`, { method: "DELETE" })).toBe("TypeError");
    expect(await send(`${path}/keys`, {}), "what is read is not told").toBe("TypeError");
    expect(statuses.get("POST keys"), "the browser did send the cookie: without it this would be 401").toBe(403);
    for (const enctype of ["text/plain", "application/x-www-form-urlencoded"]) {
      await page.goto(other);
      const answered = page.waitForResponse((response) => response.request().method() === "POST");
      await page.evaluate(`{
        const form = document.createElement("form");
        Object.assign(form, { method: "post", action: ${JSON.stringify(`${path}/keys`)}, enctype: ${JSON.stringify(enctype)} });
        const input = document.createElement("input");
        Object.assign(input, { name: '{"name":"Forged","x":"', value: '"}' });
        form.append(input);
        document.body.append(form);
        form.submit();
      }`);
      expect((await answered).status()).toBe(403);
      await page.waitForURL(/\/keys$/);
    }
    expect((await server.operator("GET", own)).json).toEqual(before.json);
    expect((await server.operator("GET", `${own}/keys`)).json.data).toMatchObject([{ id, name: "Untouched", revokedAt: null }]);
    await page.goto(at(organizationId, "api-keys"));
    await page.getByRole("link", { name: "Untouched" }).waitFor();
  });
});

describe("headers and cookies", () => {
  test("every page has the strict policy, and sends its address to no other host", async () => {
    const { page, organizationId } = await signedInPage(server);
    const { id } = await server.newKey(organizationId);
    const screens = ["api-keys", `api-keys/${id}`, "members", "plan", "audit-log", "general", "none"].map((one) => at(organizationId, one));
    for (const path of [
      "/keyward/sign-in",
      "/keyward/invitation",
      "/keyward/account",
      "/keyward/organizations",
      "/keyward/service-tokens",
      ...screens,
    ]) {
      const headers = (await call(server.url + path)).headers;
      const policy = headers.get("content-security-policy") ?? "";
      expect(policy, path).toContain("default-src 'none'");
      expect(policy, path).toContain("frame-ancestors 'none'");
      expect(policy, path).not.toMatch(/unsafe-|https?:|\*/);
      expect(headers.get("referrer-policy"), path).toMatch(/^(no-referrer|same-origin)$/);
      expect(headers.get("x-content-type-options"), path).toBe("nosniff");
    }
    const signIn = await page.goto("/keyward/account");
    expect(signIn?.headers()["content-security-policy"]).not.toMatch(/unsafe-/);
  });

  test("the session's cookie is out of reach for scripts and other sites", async () => {
    const { email } = await signedIn(server);
    const page = await newPage(server);
    await signInByForm(page, "/keyward/sign-in", email);
    const cookies = await page.context().cookies();
    expect(cookies.length).toBeGreaterThan(0);
    for (const cookie of cookies) expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Lax", path: "/keyward" });
    for (const { value } of cookies) secret(decodeURIComponent(value));
    expect(await page.evaluate("document.cookie")).toBe("");
    const stored = await page.evaluate<string>("JSON.stringify([{ ...localStorage }, { ...sessionStorage }])");
    expect(stored).not.toMatch(/[A-Za-z0-9_-]{32,}/);
  });

  describe("behind https", () => {
    const SECURE = "https://keys.example.com";
    const secure = suiteServer({ env: { ...PASSWORDS, KEYWARD_BASE_URL: SECURE } });

    test("the cookie is Secure, and the browser is told to stay with https", async () => {
      const page = await newPage(secure);
      announceFault(page, /request to another host: https:\/\/keys\.example\.com/);
      await throughProxy(page, SECURE, secure);
      const made = await call(`${secure.url}/keyward/auth/sign-up/email`, {
        method: "POST",
        headers: { "content-type": "application/json", origin: SECURE },
        body: JSON.stringify({ name: "Ada", email: "ada@example.com", password: PASSWORD }),
      });
      expect(made.status).toBe(204);
      for (const cookie of made.headers.getSetCookie()) secret(decodeURIComponent(cookie.split(";")[0]!.split("=")[1]!));
      await signInByForm(page, `${SECURE}/keyward/sign-in`, "ada@example.com");
      const cookies = await page.context().cookies(`${SECURE}/keyward/`);
      for (const { value } of cookies) secret(decodeURIComponent(value));
      expect(cookies.find(({ name }) => name === "__Secure-keyward.session_token")).toMatchObject({
        secure: true,
        httpOnly: true,
        sameSite: "Lax",
      });
      await page.getByRole("heading", { name: "No API keys yet" }).waitFor();
      await page.unrouteAll({ behavior: "ignoreErrors" });
      const { headers } = await call(`${secure.url}/keyward/sign-in`);
      expect(headers.get("strict-transport-security")).toMatch(/max-age=\d{7,}/);
    });
  });
});

describe("the operator's screens", () => {
  const operators = suiteServer();

  test("show names that are markup as text: organizations and service tokens", async () => {
    await operators.newOrganization({ name: HOSTILE_NAME });
    secret((await operators.operator("POST", "/keyward/v1/service-tokens", { name: HOSTILE_SCRIPT })).json.token);
    const page = await newPage(operators);
    await page.context().addCookies((await signedInOperator(operators)).cookies);
    await page.goto("/keyward/organizations");
    await standsAsText(page, HOSTILE_NAME);
    await page.goto("/keyward/service-tokens");
    await standsAsText(page, HOSTILE_SCRIPT);
    await page.getByRole("button", { name: `Revoke ${HOSTILE_SCRIPT}` }).click();
    await page.getByRole("dialog", { name: `Revoke ${HOSTILE_SCRIPT}?` }).waitFor();
    await nothingCameOfIt(page);
  });
});

async function signInByForm(page: Page, address: string, email: string): Promise<void> {
  await page.goto(address);
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL(/settings\/api-keys/);
}

/** Passes the page's requests to the https address on to the server, as a proxy that ends TLS does. */
async function throughProxy(page: Page, address: string, { url }: TestServer): Promise<void> {
  await page.route(`${address}/**`, async (route) => {
    const response = await route.fetch({ url: route.request().url().replace(address, url) });
    await route.fulfill({ response });
  });
}
