/** Everybody can use the dashboard: with a keyboard, a screen reader, a phone, enlarged, without motion or without colors. */
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { SCREENS, type Screen } from "../screens.ts";
import { axe } from "../support/axe.ts";
import { announceFault, newPage, type PageOptions } from "../support/browser.ts";
import { openPlaces, type Places } from "../support/places.ts";

const DESKTOP = { width: 1280, height: 900 };
const SMALLEST_PHONE = { width: 360, height: 780 };
const LONG_MS = 150_000;
/** What another theme or width can change. */
const CHANGED_BY_LOOKS = ["color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable"];

let places: Places;
beforeAll(async () => {
  const ends: (() => Promise<void>)[] = [];
  places = await openPlaces("keyward", (end) => ends.push(end));
  return async () => void (await Promise.all(ends.map((end) => end())));
}, LONG_MS);

async function pageAt(at: Screen["at"], options: PageOptions = {}): Promise<Page> {
  const { server, cookies } = places[at];
  const page = await newPage(server, { viewport: DESKTOP, colorScheme: "light", reducedMotion: "reduce", ...options });
  await page.context().addCookies([...cookies]);
  return page;
}

const path = (screen: string) => `/org/${places.people.demonstration.organizationId}/settings/${screen}`;
const keyPath = () => path(`api-keys/${places.people.demonstration.keys.active.id}`);

test.each(["people", "viewer", "nobody", "operator"] as const)(
  "every screen, dialog and menu for %s is free of barriers, in light on a desktop and in dark on a phone",
  async (at) => {
    const page = await pageAt(at);
    // An invitation that is used up, and a wrong password.
    if (at === "people") announceFault(page, /404/);
    if (at === "nobody") announceFault(page, /401/);
    const found: string[] = [];
    for (const screen of SCREENS.filter((one) => one.at === at)) {
      await lookAt(page, screen).catch((error: Error) => found.push(`${screen.name}: ${error.message}`));
    }
    expect(found.join("\n\n")).toBe("");
  },
  LONG_MS,
);

async function lookAt(page: Page, screen: Screen): Promise<void> {
  await page.setViewportSize(DESKTOP);
  await page.emulateMedia({ colorScheme: "light" });
  await open(page, screen);
  await axe(page);
  expect(await page.title()).not.toBe("");
  // What lies behind a dialog is hidden to everybody.
  expect(await page.locator("h1").count()).toBe(1);
  expect(await page.locator("main").count()).toBe(1);
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize(SMALLEST_PHONE);
  // Chromium may leave colors that an element inherits as they were when the theme changes: what is wrong must be so in a new page.
  await axe(page, { rules: CHANGED_BY_LOOKS }).catch(async () => {
    await open(page, screen);
    await axe(page, { rules: CHANGED_BY_LOOKS });
  });
  expect(await sidewaysPx(page), "pixels to scroll sideways").toBe(0);
}

async function open(page: Page, screen: Screen): Promise<void> {
  await page.goto("about:blank");
  await page.goto(await screen.path(places[screen.at]));
  if (screen.open !== undefined) {
    await screen.open(page, places[screen.at]);
    await page.waitForLoadState("networkidle");
  }
  await expect.poll(() => page.evaluate(IS_THERE)).toBe(true);
}

const IS_THERE = "document.querySelector('h1') !== null && document.querySelector('[aria-label^=Loading]') === null";

const sidewaysPx = (page: Page) => page.evaluate<number>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
const focused = (page: Page) => page.locator(":focus");

test("what opened a dialog has the focus again when it closes", async () => {
  const page = await pageAt("people");
  await page.goto(path("api-keys"));
  const create = page.getByRole("button", { name: "Create API key" });
  await create.press("Enter");
  await expect.poll(() => focused(page).getAttribute("placeholder")).toBe("e.g. Production Website");
  await page.keyboard.press("Escape");
  await expect.poll(() => focused(page).innerText()).toBe("Create API key");

  const more = page.getByRole("button", { name: "More for Reporting" });
  await more.press("Enter");
  await page.getByRole("menuitem", { name: "Edit" }).press("Enter");
  await page.getByRole("dialog", { name: "Edit Reporting" }).waitFor();
  await page.keyboard.press("Escape");
  await expect.poll(() => focused(page).getAttribute("aria-label")).toBe("More for Reporting");
});

test("the focus stays within a dialog, and a question before a deed begins where something is typed", async () => {
  const page = await pageAt("people");
  await page.goto(path("api-keys"));
  await page.getByRole("button", { name: "Revoke Production backend" }).press("Enter");
  await expect.poll(() => page.getByLabel("Type Production backend to confirm").and(focused(page)).count()).toBe(1);
  for (let times = 0; times < 6; times++) {
    await page.keyboard.press("Tab");
    await expect.poll(() => page.getByRole("dialog").locator(":focus").count()).toBe(1);
  }
});

test("going to another screen says its title and puts the focus at its heading", async () => {
  const page = await pageAt("people");
  await page.goto(path("api-keys"));
  await page.getByRole("heading", { level: 1, name: "API Keys" }).waitFor();
  expect(await page.locator("h1:focus").count()).toBe(0);
  for (const name of ["Members", "Plan and limits", "Audit log", "General"]) {
    await page.getByRole("link", { name, exact: true }).first().press("Enter");
    await expect.poll(() => page.locator("h1:focus").allInnerTexts()).toEqual([name]);
    expect(await page.title()).toBe(name);
  }
  await page.getByRole("button", { name: /^Account of/ }).press("Enter");
  await page.getByRole("menuitem", { name: "Account" }).press("Enter");
  await expect.poll(() => page.locator("h1:focus").allInnerTexts()).toEqual(["Account"]);
  await page.getByRole("link", { name: "API Keys" }).press("Enter");
  await page.getByRole("link", { name: "Production backend" }).press("Enter");
  await expect.poll(() => page.locator("h1:focus").allInnerTexts()).toEqual(["Production backend"]);
});

test("whoever uses the keyboard sees where the focus is, and skips the navigation", async () => {
  const page = await pageAt("people");
  await page.goto(path("api-keys"));
  await page.getByRole("link", { name: "Production backend" }).waitFor();
  await page.keyboard.press("Tab");
  expect(await focused(page).innerText()).toBe("Skip to the content");
  for (let times = 0; times < 24; times++) {
    await page.keyboard.press("Tab");
    expect(await page.evaluate<unknown>(UNSEEN_FOCUS)).toBeUndefined();
  }
});

/** The beginning of the element that has the focus, unless it has a visible outline. */
const UNSEEN_FOCUS = `{
  const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
  const isSeen = outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
  isSeen ? undefined : document.activeElement.outerHTML.slice(0, 120);
}`;

test("who wants less motion sees none that lasts", async () => {
  const page = await pageAt("people", { reducedMotion: "reduce" });
  await page.goto(path("api-keys"));
  await page.getByRole("switch").first().waitFor();
  const longest = await page.evaluate<number>(
    "Math.max(...[...document.querySelectorAll('*')].map((one) => { const { transitionDuration, animationDuration } = getComputedStyle(one); return Math.max(parseFloat(transitionDuration), parseFloat(animationDuration)); }))",
  );
  expect(longest).toBeLessThan(0.01);
});

test("without colors a switch still shows whether it is on", async () => {
  const page = await pageAt("people");
  await page.emulateMedia({ forcedColors: "active" });
  await page.goto(path("api-keys"));
  await page.getByRole("switch", { name: "Batch import enabled" }).waitFor();
  const looks = (name: string) =>
    page.evaluate<{ background: string; thumb: string }>(`{
      const element = document.querySelector('[role=switch][aria-label="${name} enabled"]');
      const thumb = getComputedStyle(element.firstChild);
      ({ background: getComputedStyle(element).backgroundColor, thumb: thumb.translate + thumb.backgroundColor });
    }`);
  const [on, off] = [await looks("Production backend"), await looks("Batch import")];
  expect(on.background).not.toBe(off.background);
  expect(on.thumb).not.toBe(off.thumb);
  expect(off.thumb).not.toContain(off.background);
});

test("enlarged to 200 % nothing is cut off sideways", async () => {
  const page = await pageAt("people", { viewport: { width: 640, height: 450 } });
  for (const at of [path("api-keys"), keyPath(), path("members"), path("plan"), path("audit-log"), path("general"), "/keyward/account"]) {
    await page.goto(at);
    await page.getByRole("heading", { level: 1 }).waitFor();
    expect(await sidewaysPx(page), at).toBe(0);
  }
});

test("on a phone a long form scrolls within its dialog, and its buttons stay in sight", async () => {
  const page = await pageAt("people", { viewport: { width: 360, height: 400 } });
  await page.goto(path("api-keys?create=true&scopes=a:read"));
  const create = page.getByRole("dialog").getByRole("button", { name: "Create", exact: true });
  await create.waitFor();
  const bottom = async () => {
    const { y, height } = (await create.boundingBox()) ?? { y: Number.NaN, height: 0 };
    return y + height;
  };
  expect(await bottom()).toBeLessThanOrEqual(400);
  await page.getByLabel("Per day").scrollIntoViewIfNeeded();
  expect(await bottom()).toBeLessThanOrEqual(400);
});
