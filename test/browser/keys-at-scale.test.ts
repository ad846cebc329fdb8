/** Ten thousand keys of one organization: the first are there at once, and all of them without gaps. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { newPage, signedInPage } from "../support/browser.ts";
import { type Demonstration, demonstrate } from "../support/demonstration.ts";
import { PASSWORDS } from "../support/people-at-server.ts";
import { traceDirectory } from "../support/root.ts";
import { suiteServer } from "../support/server.ts";

const MANY = 10_000;
/** Session, platform, organization, the first page of keys; one to spare. */
const CALLS_BEFORE_ROWS = 5;
const ROWS_IN_PAGE = 200;

let demonstration: Demonstration;
const server = suiteServer(async () => {
  demonstration = await demonstrate({ directory: traceDirectory("server"), withMembers: false, manyKeys: MANY });
  return { directory: demonstration.directory, env: PASSWORDS };
});

/** Notes when the first row stands in the page, and which calls had begun by then. */
const WATCH_FIRST_ROW = `new MutationObserver((_changes, observer) => {
  if (document.querySelector("tr[data-index]") === null) return;
  observer.disconnect();
  const calls = performance.getEntriesByType("resource").filter(({ name }) => name.includes("/keyward/v1/"));
  globalThis.firstRow = { at: performance.now(), calls: calls.map(({ name }) => new URL(name).pathname) };
}).observe(document, { childList: true, subtree: true })`;

async function openList(): Promise<Page> {
  const { page } = await signedInPage(server, "owner", { organizationId: demonstration.manyId });
  await page.addInitScript(WATCH_FIRST_ROW);
  await page.goto(`/org/${demonstration.manyId}/settings/api-keys`);
  await page.locator("tr[data-index]").first().waitFor();
  return page;
}

test("the first of ten thousand keys are there after a handful of calls", async () => {
  const page = await openList();
  const { at, calls } = await page.evaluate<{ at: number; calls: string[] }>("firstRow");
  console.log(`first rows of ${MANY} keys after ${Math.round(at)} ms and ${calls.length} calls: ${calls.join(" ")}`);
  expect(calls.length).toBeLessThanOrEqual(CALLS_BEFORE_ROWS);
  expect(await page.locator("table").getAttribute("aria-rowcount")).toBe(String(MANY + 2));
  expect(await page.locator("tr[data-index]").count()).toBeLessThan(ROWS_IN_PAGE);
});

/** Goes down a screen at a time to the last row; each time, which keys the page has at which places. */
const SCROLL = `(async () => {
  const screens = [];
  const total = Number(document.querySelector("table").getAttribute("aria-rowcount")) - 1;
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  for (let last = -1, waited = 0; last < total - 1 && waited < 600; ) {
    const rows = [...document.querySelectorAll("tr[data-index]")].map((row) => [Number(row.dataset.index), row.querySelector("[data-key-link]").textContent]);
    const reached = rows.at(-1)?.[0] ?? -1;
    waited = reached > last ? 0 : waited + 1;
    if (reached > last) screens.push(rows);
    last = Math.max(last, reached);
    const lastRow = document.querySelector('tr[data-index="' + last + '"]');
    lastRow?.scrollIntoView({ block: "start" });
    await frame();
  }
  return screens;
})()`;

test("down to the last of ten thousand keys, each is seen once at its place, and the page stays small", { timeout: 240_000 }, async () => {
  const page = await openList();
  const screens = await page.evaluate<[number, string][][]>(SCROLL);
  const seen: string[] = [];
  for (const screen of screens) {
    expect(screen.length).toBeLessThan(ROWS_IN_PAGE);
    for (const [index, name] of screen) {
      expect(index, "no row is passed over").toBeLessThanOrEqual(seen.length);
      if (index < seen.length) expect(name).toBe(seen[index]);
      else seen.push(name);
    }
  }
  expect(seen.length).toBe(MANY + 1);
  expect(seen).toEqual(Array.from({ length: MANY + 1 }, (_, index) => `Agent ${MANY - index}`));
});

/** Scrolls by three rows. Of the rows that were there before and after, how many there are, and how many React has rendered again. */
const SCROLL_A_LITTLE = `(async () => {
  const rows = () => [...document.querySelectorAll("tr[data-index]")];
  // React gives an element new props whenever it renders it.
  const propsOf = (row) => row[Object.keys(row).find((name) => name.startsWith("__reactProps"))];
  const before = new Map(rows().map((row) => [row, propsOf(row)]));
  scrollBy(0, 3 * rows()[0].offsetHeight);
  while (rows().every((row) => before.has(row))) await new Promise((done) => requestAnimationFrame(done));
  const stayed = rows().filter((row) => before.get(row) !== undefined);
  return { stayed: stayed.length, renderedAgain: stayed.filter((row) => propsOf(row) !== before.get(row)).length };
})()`;

test("rows that stay in the page while others scroll in are not rendered again", async () => {
  const page = await openList();
  // What is known last of a row.
  await page.getByText("No use").first().waitFor();
  const { stayed, renderedAgain } = await page.evaluate<{ stayed: number; renderedAgain: number }>(SCROLL_A_LITTLE);
  expect(stayed).toBeGreaterThan(10);
  expect(renderedAgain).toBe(0);
});

test("a search among ten thousand finds one key, and its address shows it to others", async () => {
  const page = await openList();
  await page.getByRole("searchbox").fill("Agent 4711");
  await page.locator('table[aria-rowcount="2"]').waitFor();
  const { page: other } = await signedInPage(server, "viewer", { organizationId: demonstration.manyId });
  await other.goto(page.url());
  await other.locator('table[aria-rowcount="2"]').waitFor();
  expect(await other.locator("[data-key-link]").allInnerTexts()).toEqual(["Agent 4711"]);
});

test("people who are not signed in see none of them", async () => {
  const page = await newPage(server);
  await page.goto(`/org/${demonstration.manyId}/settings/api-keys`);
  await page.waitForURL(/\/keyward\/sign-in\?next=/);
  expect(await page.locator("body").innerText()).not.toContain("Agent 1");
});
