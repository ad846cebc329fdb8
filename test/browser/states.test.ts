/** What each screen shows when it has nothing to show, when it may not, and when it cannot; and what its address, keys and marks say. */
import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { announceFault, newPage, signedInPage } from "../support/browser.ts";
import { clipboardOf } from "../support/clipboard.ts";
import { type Demonstration, demonstrate } from "../support/demonstration.ts";
import type { KeyStory } from "../support/demonstration-keys.ts";
import { PASSWORDS, signedIn, signedInOperator } from "../support/people-at-server.ts";
import { secret, traceDirectory } from "../support/root.ts";
import { call, suiteServer } from "../support/server.ts";
import { FAILED_LOAD, gateAt, respondUnavailable } from "../support/trouble.ts";
import { SMALLEST_PHONE } from "../support/viewports.ts";

let demonstration: Demonstration;
const server = suiteServer(async () => {
  demonstration = await demonstrate({ directory: traceDirectory("server") });
  return { directory: demonstration.directory, env: PASSWORDS };
});
/** Nobody has been here but the operator. */
const fresh = suiteServer();

const at = (organizationId: string, screen: string) => `/org/${organizationId}/settings/${screen}`;
const demonstrationPage = (role: "owner" | "member" | "viewer" = "owner") =>
  signedInPage(server, role, { organizationId: demonstration.organizationId });

let operatorCookies: Awaited<ReturnType<typeof signedInOperator>>["cookies"] | undefined;
/** The link of the first start works once: the second page has the same session. */
async function operatorPage(): Promise<Page> {
  operatorCookies ??= (await signedInOperator(fresh)).cookies;
  const page = await newPage(fresh);
  await page.context().addCookies(operatorCookies);
  return page;
}

/** Waits, is refused, is tried again. `there` is seen when it has loaded. */
async function goThroughStates(page: Page, path: string, calls: RegExp, there: string | RegExp): Promise<void> {
  announceFault(page, FAILED_LOAD);
  const gate = await gateAt(page, calls);
  await page.goto(path);
  await page
    .getByRole("status", { name: /^Loading/ })
    .first()
    .waitFor();
  gate.set("refuse");
  const failure = page.getByRole("alert").filter({ hasText: "This could not be loaded" }).first();
  await failure.getByText("The database is away.").waitFor();
  gate.set("pass");
  await failure.getByRole("button", { name: "Try again" }).click();
  await page.getByText(there).first().waitFor();
  expect(await page.getByRole("alert").count()).toBe(0);
}

describe("on its way, failed, tried again, there:", () => {
  test.each([
    ["api-keys", /\/keys\?/, "Production backend"],
    ["audit-log", /\/audit\?/, /joined the organization/],
    ["members", /\/v1\/.*\/members$/, "Grace Hopper"],
    ["plan", /\/v1\/.*\/plan$/, "All plans"],
    ["general", /\/v1\/organizations\/[^/]+$/, "Organization id"],
  ])("%s", async (screen, calls, there) => {
    const { page } = await demonstrationPage();
    await goThroughStates(page, at(demonstration.organizationId, screen), calls, there);
  });

  test("the page of a key", async () => {
    const { page } = await demonstrationPage();
    const { id } = demonstration.keys.active;
    await goThroughStates(page, at(demonstration.organizationId, `api-keys/${id}`), new RegExp(`/keys/${id}$`), "Test this key");
  });

  test.each([
    ["organizations", /\/v1\/organizations(\?|$)/, "First customer"],
    ["service-tokens", /\/v1\/service-tokens(\?|$)/, "First gateway"],
  ])("%s: empty first", async (screen, calls, name) => {
    const page = await operatorPage();
    await page.goto(`/keyward/${screen}`);
    await page.getByText(screen === "organizations" ? "No organizations yet" : "No service tokens yet").waitFor();
    const made = await fresh.operator("POST", `/keyward/v1/${screen}`, { name });
    secret(made.json.token);
    await goThroughStates(page, `/keyward/${screen}`, calls, name);
  });
});

describe("nothing there", () => {
  test("a new organization has no keys, and says how to begin", async () => {
    const { page, organizationId } = await signedInPage(server);
    await page.goto(at(organizationId, "api-keys"));
    await page.getByRole("heading", { name: "No API keys yet" }).waitFor();
    await page.getByText("Create the first one").waitFor();
    expect(await page.getByRole("button", { name: "Create API key" }).count()).toBe(2);
  });

  test("a person who may only look is told so", async () => {
    const { page } = await signedInPage(server, "viewer", { organizationId: demonstration.emptyId });
    await page.goto(at(demonstration.emptyId, "api-keys"));
    await page.getByText("Your role can view keys, but not create them.").waitFor();
    expect(await page.getByRole("button", { name: "Create API key" }).count()).toBe(0);
  });

  test("nothing matches: keys and events say so, and lead back to all", async () => {
    const { page } = await demonstrationPage();
    await page.goto(`${at(demonstration.organizationId, "api-keys")}?search=nobody-is-called-this`);
    await page.getByRole("heading", { name: "No key matches" }).waitFor();
    await page.getByRole("button", { name: "Show all keys" }).click();
    await page.getByRole("link", { name: "Production backend" }).waitFor();
    expect(await page.getByRole("searchbox").inputValue()).toBe("");
    await page.goto(`${at(demonstration.organizationId, "audit-log")}?subject=key_none`);
    await page.getByRole("heading", { name: "No event matches" }).waitFor();
    await page.getByRole("button", { name: "Clear the filters" }).last().click();
    await page
      .getByText(/joined the organization/)
      .first()
      .waitFor();
  });

  test("an organization without members, and a key without use", async () => {
    const page = await operatorPage();
    const organizationId = await fresh.newOrganization({ name: "Nobody's" });
    const { id } = await fresh.newKey(organizationId, { name: "Never used" });
    await page.goto(at(organizationId, "members"));
    await page.getByText("No members yet").waitFor();
    await page.getByText("No open invitations.").waitFor();
    await page.goto(at(organizationId, `api-keys/${id}`));
    await page.getByText("No requests in the last 24 hours").waitFor();
  });
});

describe("not allowed", () => {
  test("a viewer sees keys, people and plan, and no controls to change them", async () => {
    const { page } = await demonstrationPage("viewer");
    await page.goto(at(demonstration.organizationId, "api-keys"));
    await page.getByRole("link", { name: "Production backend" }).waitFor();
    expect(await page.getByRole("switch").count()).toBe(0);
    expect(await page.getByRole("button", { name: /^(Revoke|More for|Create API key)/ }).count()).toBe(0);
    await page.keyboard.press("c");
    expect(await page.getByRole("dialog").count()).toBe(0);
    await page.getByRole("link", { name: "Production backend" }).click();
    await page.getByRole("heading", { name: "History" }).waitFor();
    expect(await page.getByRole("button", { name: /Edit|Rotate|Revoke|^Test$/ }).count()).toBe(0);
    await page.getByRole("link", { name: "Members" }).click();
    await page.getByText("Grace Hopper").waitFor();
    expect(await page.getByRole("button", { name: /Invite|Remove|Withdraw/ }).count()).toBe(0);
    await page.getByRole("link", { name: "General" }).click();
    await page.getByText("Only owners and admins can change the name.").waitFor();
    await page.getByRole("link", { name: "Plan and limits" }).first().click();
    await page.getByText("All plans").waitFor();
    expect(await page.getByRole("heading", { name: "Change the plan" }).count()).toBe(0);
  });

  test.each(["organizations", "service-tokens", "nodes"])(
    "the operator's %s are for the operator, and are not even asked for",
    async (screen) => {
      const { page } = await demonstrationPage("member");
      const asked: string[] = [];
      page.on("request", (request) => asked.push(new URL(request.url()).pathname));
      await page.goto(`/keyward/${screen}`);
      await page.getByRole("heading", { name: "Only the operator may see this" }).waitFor();
      expect(asked).not.toContain(`/keyward/v1/${screen}`);
      expect(await page.getByRole("navigation", { name: "Sections" }).getByRole("link", { name: "Service tokens" }).count()).toBe(0);
    },
  );

  test("another organization's addresses get the response of unknown ones, and tell nothing", async () => {
    const { page } = await signedInPage(server);
    announceFault(page, FAILED_LOAD);
    const nobodys = "org_01jd3f6k8m0p2r4t6v8x0z2b4d";
    const seen = async (organizationId: string, path: string) => {
      await page.goto(at(organizationId, path));
      const title = /^(Not found|There is no such key)$/;
      await page.getByRole("heading", { name: title }).first().waitFor();
      return (await page.locator("main#content").innerText()).replaceAll(organizationId, "");
    };
    for (const path of ["api-keys", `api-keys/${demonstration.keys.active.id}`, "members", "plan", "audit-log", "general"]) {
      const foreign = await seen(demonstration.organizationId, path);
      expect(foreign).not.toMatch(/Analytical|Production backend|Grace/);
      expect(foreign, path).toBe(await seen(nobodys, path));
    }
  });
});

describe("the address holds what is looked at", () => {
  test("search, filter and order of the keys: after reloading and coming back, too", async () => {
    const { page } = await demonstrationPage();
    await page.goto(at(demonstration.organizationId, "api-keys"));
    const names = () => page.locator("[data-key-link]").allInnerTexts();
    const sortOf = (name: string) => page.getByRole("columnheader", { name }).getAttribute("aria-sort");
    await page.getByRole("link", { name: "Production backend" }).waitFor();
    expect(await sortOf("Created")).toBe("descending");
    expect(await sortOf("Name")).toBe("none");
    await page.getByRole("button", { name: "Name", exact: true }).click();
    await page.waitForURL(/sort=name/);
    await expect.poll(() => sortOf("Name")).toBe("ascending");
    await page.getByRole("button", { name: "Name", exact: true }).click();
    await page.waitForURL(/sort=-name/);
    await page.getByRole("searchbox").fill("CON");
    await page.waitForURL(/search=CON/);
    await expect.poll(names).toEqual(["Contractor", "Conference demo"]);
    await page.getByLabel("Status").selectOption("expired");
    await page.waitForURL(/status=expired/);
    await expect.poll(names).toEqual(["Conference demo"]);
    await page.reload();
    await expect.poll(names).toEqual(["Conference demo"]);
    expect(await page.getByRole("searchbox").inputValue()).toBe("CON");
    expect(await page.getByLabel("Status").inputValue()).toBe("expired");
    expect(await sortOf("Name")).toBe("descending");
    await page.getByRole("link", { name: "Conference demo" }).click();
    await page.getByRole("heading", { name: "Details" }).waitFor();
    await page.goBack();
    await expect.poll(names).toEqual(["Conference demo"]);
    expect(page.url()).toMatch(/search=CON/);
  });

  test("the filters of the audit log, and the period of a key's use", async () => {
    const { page } = await demonstrationPage();
    await page.goto(at(demonstration.organizationId, "audit-log"));
    await page.getByLabel("Event", { exact: true }).selectOption({ label: "Key revoked" });
    await page.waitForURL(/action=key\.revoked/);
    await page.getByRole("listitem").filter({ hasText: "revoked an API key" }).waitFor();
    await page.reload();
    await page.getByRole("listitem").filter({ hasText: "revoked an API key" }).waitFor();
    expect(await page.locator("main li").count()).toBe(1);
    await page.goto(at(demonstration.organizationId, `api-keys/${demonstration.keys.active.id}`));
    await page.getByRole("link", { name: "30 days" }).click();
    await page.waitForURL(/period=30d/);
    await page.reload();
    await page
      .getByText(/requests in the last 30 days/)
      .first()
      .waitFor();
    expect(await page.getByRole("link", { name: "30 days" }).getAttribute("aria-current")).toBe("page");
  });
});

describe("the keyboard alone", () => {
  test("/ searches, c creates, and neither while somebody types", async () => {
    const { page } = await demonstrationPage();
    await page.goto(at(demonstration.organizationId, "api-keys"));
    await page.getByRole("link", { name: "Production backend" }).waitFor();
    await page.keyboard.press("/");
    expect(
      await page.getByRole("searchbox").evaluate((input, active) => input === active, await page.evaluateHandle("document.activeElement")),
    ).toBe(true);
    await page.keyboard.type("c/c");
    expect(await page.getByRole("searchbox").inputValue()).toBe("c/c");
    expect(await page.getByRole("dialog").count()).toBe(0);
    await page.keyboard.press("Escape");
    await page.getByRole("link", { name: "Production backend" }).waitFor();
    await page.keyboard.press("Tab");
    await page.evaluate("document.activeElement.blur()");
    await page.keyboard.press("c");
    await page.getByRole("dialog", { name: "Create API key" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  });

  test("arrows walk through the keys, Enter opens one", async () => {
    const { page } = await demonstrationPage();
    await page.goto(`${at(demonstration.organizationId, "api-keys")}?sort=name`);
    const links = page.locator("[data-key-link]");
    await links.nth(3).waitFor();
    await links.first().focus();
    const focused = () => page.evaluate<string>("document.activeElement.textContent");
    const names = await links.allInnerTexts();
    await page.keyboard.press("ArrowUp");
    expect(await focused()).toBe(names[0]);
    for (const name of names.slice(1, 4)) {
      await page.keyboard.press("ArrowDown");
      await expect.poll(focused).toBe(name);
    }
    await page.keyboard.press("ArrowUp");
    await expect.poll(focused).toBe(names[2]);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: names[2]! }).waitFor();
  });

  test("a key is created, copied and put away; what was copied works", async () => {
    const { page, organizationId } = await signedInPage(server, "owner", { permissions: ["clipboard-read", "clipboard-write"] });
    await page.goto(at(organizationId, "api-keys"));
    await page.getByRole("heading", { name: "No API keys yet" }).waitFor();
    await page.keyboard.press("c");
    await page.getByRole("dialog", { name: "Create API key" }).waitFor();
    const focusedName = () => page.evaluate<string>("(document.activeElement.labels?.[0] ?? document.activeElement).textContent");
    await expect.poll(focusedName).toBe("Name");
    await page.keyboard.type("Typed");
    await page.keyboard.press("Enter");
    const saved = page.getByRole("dialog", { name: "Save your key" });
    await saved.waitFor();
    const tabTo = async (name: string) => {
      for (let pressed = 0; pressed < 15 && (await focusedName()) !== name; pressed++) await page.keyboard.press("Tab");
      expect(await focusedName()).toBe(name);
    };
    await tabTo("Copy Key");
    await page.keyboard.press("Enter");
    await page.getByText("Key copied").waitFor();
    await tabTo("I have stored the key");
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: "Typed" }).waitFor();
    expect(await page.getByRole("dialog").count()).toBe(0);
    const copied = secret(await clipboardOf(page));
    const response = await call(`${server.url}/keyward/v1/whoami`, { headers: { authorization: `Bearer ${copied}` } });
    expect(response.json).toMatchObject({ organizationId });
  });
});

test("times are relative, and exact when they have the focus", async () => {
  const { page } = await demonstrationPage();
  await page.goto(`${at(demonstration.organizationId, "api-keys")}?search=Contractor`);
  const row = page.getByRole("row").filter({ hasText: "Contractor" });
  const expires = row
    .locator("td")
    .getByText(/^in \dd$/)
    .locator("visible=true");
  await expires.waitFor();
  await expires.focus();
  const exact = new Intl.DateTimeFormat("en", { dateStyle: "medium" }).format(new Date((await expires.getAttribute("datetime"))!));
  await page
    .locator("body > *")
    .getByText(new RegExp(`^${exact}.*\\d:\\d\\d:\\d\\d`))
    .locator("visible=true")
    .waitFor();
  await page.keyboard.press("Escape");
});

test("each condition of a key has its mark, and the mark says what to do", async () => {
  const { page } = await demonstrationPage();
  const crawler = demonstration.keys.rate_limited.key;
  for (let sent = 0; sent < 2; sent++) await call(`${server.url}/keyward/v1/whoami`, { headers: { authorization: `Bearer ${crawler}` } });
  const MARKS: Partial<Record<KeyStory, [name: string, mark: RegExp, advice: RegExp]>> = {
    active: ["Production backend", /^Active$/, /Requests with it are accepted/],
    rotation_due: ["Reporting", /^Older than 90 days$/, /still works\. Replace it with a new key/],
    unused: ["Prototype", /^Unused$/, /Nobody has used it for at least 30 days/],
    never_used: ["Partner sandbox", /^Unused$/, /Nobody has used it for at least 30 days/],
    expiring: ["Contractor", /^Expires in [23] days$/, /It stops working on /],
    expired: ["Conference demo", /^Expired$/, /Create a new key to replace it/],
    disabled: ["Batch import", /^Disabled$/, /until somebody enables it again/],
    revoked: ["Leaked in a build log", /^Revoked$/, /refused permanently, since /],
    rotating: ["Payments worker", /^Rotating, \d+ hours left$/, /It has been replaced/],
    rate_limited: ["Crawler", /^Rate limited$/, /has reached a limit/],
  };
  const check = async ([name, mark, advice]: [string, RegExp, RegExp]) => {
    const row = page
      .getByRole("row")
      .filter({ hasText: name })
      .filter({ has: page.getByText(mark) });
    const badge = row.getByText(mark).first();
    await badge.focus();
    await page.locator("body > *").getByText(advice).locator("visible=true").first().waitFor();
    await badge.blur();
  };
  await page.goto(`${at(demonstration.organizationId, "api-keys")}?sort=name`);
  await page.getByRole("link", { name: "Production backend" }).waitFor();
  const { revoked, ...current } = MARKS;
  for (const one of Object.values(current)) await check(one);
  await page.getByLabel("Status").selectOption("revoked");
  await page.getByRole("link", { name: "Leaked in a build log" }).waitFor();
  await check(revoked!);
});

test("the audit log is saved as a table that no spreadsheet runs", async () => {
  const FORMULA = '=HYPERLINK("http://evil","x")';
  const { page, organizationId, visitor } = await signedInPage(server);
  await visitor.browser
    .send("POST", `/keyward/v1/organizations/${organizationId}/keys`, { name: FORMULA })
    .then(({ json }) => secret(json.key));
  await page.goto(at(organizationId, "audit-log"));
  await page.getByText(FORMULA).first().waitFor();
  const rowsOf = async () => {
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Export CSV" }).click();
    const file = await download;
    expect(file.suggestedFilename()).toMatch(/^audit-log-\d{4}-\d\d-\d\d\.csv$/);
    return parseCsv(readFileSync(await file.path(), "utf8"));
  };
  const rows = await rowsOf();
  expect(rows[0]).toEqual(["id", "at", "actorKind", "actorId", "actorName", "action", "subjectId", "details", "requestId"]);
  const listed = (await server.operator("GET", `/keyward/v1/organizations/${organizationId}/audit`)).json.data;
  expect(rows.slice(1).map(([id]) => id)).toEqual(listed.map(({ id }: { id: string }) => id));
  expect(rows.flat().filter((cell) => /^[=+\-@\t\r]/.test(cell))).toEqual([]);
  expect(JSON.parse(rows.find((row) => row[5] === "key.created")!.at(-2)!)).toMatchObject({ name: FORMULA });
  await page.getByLabel("Event", { exact: true }).selectOption({ label: "Key created" });
  await page.waitForURL(/action=key\.created/);
  expect((await rowsOf()).slice(1).map((row) => row[5])).toEqual(["key.created"]);
});

test("a viewer reads the audit log, and is offered no export", async () => {
  const { page, organizationId } = await signedInPage(server, "viewer");
  await page.goto(at(organizationId, "audit-log"));
  await page.getByRole("listitem").first().waitFor();
  expect(await page.getByRole("button", { name: "Export CSV" }).count()).toBe(0);
});

test("a person whose name is a formula is text in the table", async () => {
  const { page, organizationId } = await formulaPerson();
  await page.goto(at(organizationId, "audit-log"));
  await page.getByRole("listitem").first().waitFor();
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export CSV" }).click();
  const rows = parseCsv(readFileSync(await (await download).path(), "utf8"));
  expect(rows.slice(1).map((row) => row[4])).toContain(`'=HYPERLINK("http://evil","x")`);
  expect(rows.flat().filter((cell) => /^[=+\-@\t\r]/.test(cell))).toEqual([]);
});

test("a failed export is reported, until the filter changes", async () => {
  const { page, organizationId } = await signedInPage(server);
  announceFault(page, FAILED_LOAD);
  await page.route(/\/audit\.csv/, respondUnavailable);
  await page.goto(at(organizationId, "audit-log"));
  await page.getByRole("button", { name: "Export CSV" }).click();
  const said = page.getByRole("alert").getByText("The database is away.");
  await said.waitFor();
  await page.getByLabel("Event", { exact: true }).selectOption({ label: "Key created" });
  await said.waitFor({ state: "detached" });
});

test("every state fits on a phone", async () => {
  const { page } = await signedInPage(server, "owner", { organizationId: demonstration.organizationId, viewport: SMALLEST_PHONE });
  for (const [path, seen] of [
    ["api-keys?search=nobody", "No key matches"],
    ["audit-log?subject=none", "No event matches"],
    ["api-keys", "Production backend"],
  ] as const) {
    await page.goto(at(demonstration.organizationId, path));
    await page.getByText(seen).first().waitFor();
    expect(await page.evaluate("document.scrollingElement.scrollWidth"), path).toBe(360);
  }
});

async function formulaPerson() {
  const visitor = await signedIn(server, { name: '=HYPERLINK("http://evil","x")' });
  const page = await newPage(server);
  await page.context().addCookies(visitor.cookies);
  await visitor.browser.send("PATCH", `/keyward/v1/organizations/${visitor.organizationId}`, { name: "Formulas" });
  return { page, organizationId: visitor.organizationId };
}

/** RFC 4180. */
function parseCsv(text: string): string[][] {
  const cells = text.replace(/^\ufeff/, "").matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g);
  const rows: string[][] = [[]];
  for (const [all, quoted, bare = "", end] of cells) {
    if (all === "") break;
    rows.at(-1)!.push(quoted === undefined ? bare : quoted.replaceAll('""', '"'));
    if (end === "\r\n") rows.push([]);
  }
  return rows.filter((row) => row.length > 0);
}
