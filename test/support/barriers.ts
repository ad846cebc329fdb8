/** Whether every screen of a platform can be used by everybody. */
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { type Screen, screensOf } from "../screens.ts";
import { axe } from "./axe.ts";
import { announceFault, newPage } from "./browser.ts";
import { openPlaces, type PlaceName, type Places, placeOf, platformNamed } from "./places.ts";
import { watchRequests } from "./quiet.ts";
import { DESKTOP, SMALLEST_PHONE } from "./viewports.ts";

const START_MS = 150_000;
/** Ten times what one takes. */
const SCREEN_MS = 15_000;
/** What another theme or width can change. */
const CHANGED_BY_LOOKS = ["color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable"];

/** Servers of a platform for these visitors, for all tests of the file or `describe` that calls this. */
export function suitePlaces(platform: string, visitors: Iterable<PlaceName>): Places {
  const places = {} as Places;
  beforeAll(async () => {
    const ends: (() => Promise<void>)[] = [];
    Object.assign(places, await openPlaces(platform, visitors, (end) => ends.push(end)));
    return async () => void (await Promise.all(ends.map((end) => end())));
  }, START_MS);
  return places;
}

/**
 * One test for each kind of visitor: axe finds nothing on these screens, in light on a desktop and in dark on a phone, and none scrolls
 * sideways.
 */
export function testBarriers(platform: string, names: readonly string[]): void {
  const offered = new Map(screensOf(platformNamed(platform)).map((screen) => [screen.name, screen]));
  const screens = names.map((name) => offered.get(name) ?? fail(`${platform} has no screen ${name}`));
  const places = suitePlaces(
    platform,
    screens.map(({ at }) => at),
  );

  describe.each([...Map.groupBy(screens, ({ at }) => at)])("for %s", (at, seen) => {
    test("nothing shuts anybody out, in light on a desktop and in dark on a phone", { timeout: seen.length * SCREEN_MS }, async () => {
      const { server, cookies } = placeOf(places, at);
      const page = await newPage(server, { colorScheme: "light", reducedMotion: "reduce" });
      await page.context().addCookies([...cookies]);
      const looker = { page, quiet: watchRequests(page), places };
      const found: string[] = [];
      for (const screen of seen) {
        if (screen.status !== undefined) announceFault(page, new RegExp(`status of ${screen.status}`));
        await lookAt(looker, screen).catch((error: Error) => found.push(`${screen.name}: ${error.message}`));
      }
      expect(found.join("\n\n")).toBe("");
    });
  });
}

function fail(sentence: string): never {
  throw new Error(sentence);
}

interface Looker {
  readonly page: Page;
  /** Waits for what the page has asked for. */
  readonly quiet: () => Promise<void>;
  readonly places: Places;
}

async function lookAt(looker: Looker, screen: Screen): Promise<void> {
  const { page, places } = looker;
  await page.setViewportSize(DESKTOP);
  await page.emulateMedia({ colorScheme: "light" });
  await open(looker, screen);
  await axe(page);
  expect(await page.title()).not.toBe("");
  // What lies behind a dialog is hidden to everybody.
  expect(await page.locator("h1").count()).toBe(1);
  expect(await page.locator("main").count()).toBe(1);
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize(SMALLEST_PHONE);
  if (screen.isFleeting === true) await screen.open?.(page, placeOf(places, screen.at));
  // Chromium may leave colors that an element inherits as they were when the theme changes: what is wrong must be so in a new page.
  await axe(page, { rules: CHANGED_BY_LOOKS }).catch(async () => {
    await open(looker, screen);
    await axe(page, { rules: CHANGED_BY_LOOKS });
  });
  expect(await sidewaysPx(page), "pixels to scroll sideways").toBe(0);
}

async function open({ page, quiet, places }: Looker, screen: Screen): Promise<void> {
  const { path, open: prepare, isWaiting = false } = screen;
  const place = placeOf(places, screen.at);
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await page.goto("about:blank");
  await page.goto(await path(place));
  if (prepare !== undefined) {
    await prepare(page, place);
    if (!isWaiting) await quiet();
  }
  await expect.poll(() => page.evaluate(isWaiting ? IS_WAITING : IS_THERE)).toBe(true);
}

const IS_THERE = "document.querySelector('h1') !== null && document.querySelector('[aria-label^=Loading]') === null";
const IS_WAITING = "document.querySelector('h1') !== null && document.querySelector('[aria-label^=Loading]') !== null";

/** How far a page can be scrolled sideways. */
export const sidewaysPx = (page: Page) =>
  page.evaluate<number>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
