/** Whether every screen of a platform can be used by everybody. */
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { type Screen, screensOf } from "../screens.ts";
import { axe } from "./axe.ts";
import { announceFault, newPage } from "./browser.ts";
import { openPlaces, type Places, platformNamed } from "./places.ts";

export const DESKTOP = { width: 1280, height: 900 };
export const SMALLEST_PHONE = { width: 360, height: 780 };
const LONG_MS = 150_000;
/** What another theme or width can change. */
const CHANGED_BY_LOOKS = ["color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable"];

/** Servers of a platform for all tests of the file or `describe` that calls this. */
export function suitePlaces(platform: string): Places {
  const places = {} as Places;
  beforeAll(async () => {
    const ends: (() => Promise<void>)[] = [];
    Object.assign(places, await openPlaces(platform, (end) => ends.push(end)));
    return async () => void (await Promise.all(ends.map((end) => end())));
  }, LONG_MS);
  return places;
}

/** One test for each kind of visitor: axe finds nothing on the chosen screens, in light on a desktop and in dark on a phone, and none scrolls sideways. */
export function testBarriers(platform: string, choose: (screen: Screen) => boolean = () => true): void {
  const places = suitePlaces(platform);
  const byVisitor = Map.groupBy(screensOf(platformNamed(platform)).filter(choose), ({ at }) => at);

  test.each([...byVisitor])(
    "every screen, dialog and menu for %s is free of barriers, in light on a desktop and in dark on a phone",
    async (at, screens) => {
      const { server, cookies } = places[at];
      const page = await newPage(server, { viewport: DESKTOP, colorScheme: "light", reducedMotion: "reduce" });
      await page.context().addCookies([...cookies]);
      const found: string[] = [];
      for (const screen of screens) {
        if (screen.status !== undefined) announceFault(page, new RegExp(`status of ${screen.status}`));
        await lookAt(page, screen, places).catch((error: Error) => found.push(`${screen.name}: ${error.message}`));
      }
      expect(found.join("\n\n")).toBe("");
    },
    LONG_MS,
  );
}

async function lookAt(page: Page, screen: Screen, places: Places): Promise<void> {
  await page.setViewportSize(DESKTOP);
  await page.emulateMedia({ colorScheme: "light" });
  await open(page, screen, places);
  await axe(page);
  expect(await page.title()).not.toBe("");
  // What lies behind a dialog is hidden to everybody.
  expect(await page.locator("h1").count()).toBe(1);
  expect(await page.locator("main").count()).toBe(1);
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize(SMALLEST_PHONE);
  // Chromium may leave colors that an element inherits as they were when the theme changes: what is wrong must be so in a new page.
  await axe(page, { rules: CHANGED_BY_LOOKS }).catch(async () => {
    await open(page, screen, places);
    await axe(page, { rules: CHANGED_BY_LOOKS });
  });
  expect(await sidewaysPx(page), "pixels to scroll sideways").toBe(0);
}

async function open(page: Page, screen: Screen, places: Places): Promise<void> {
  const { path, open: prepare, isWaiting = false } = screen;
  const place = places[screen.at];
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await page.goto("about:blank");
  await page.goto(await path(place));
  if (prepare !== undefined) {
    await prepare(page, place);
    if (!isWaiting) await page.waitForLoadState("networkidle");
  }
  await expect.poll(() => page.evaluate(isWaiting ? IS_WAITING : IS_THERE)).toBe(true);
}

const IS_THERE = "document.querySelector('h1') !== null && document.querySelector('[aria-label^=Loading]') === null";
const IS_WAITING = "document.querySelector('h1') !== null && document.querySelector('[aria-label^=Loading]') !== null";

/** How far a page can be scrolled sideways. */
export const sidewaysPx = (page: Page) =>
  page.evaluate<number>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
