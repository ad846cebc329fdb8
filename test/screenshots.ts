/**
 * `npm run screenshots [-- --platform NAME] [SCREEN...]`: every screen and dialog of the dashboard, in light, in dark and on a phone, into
 * ./screenshots; with `--readme` the two pictures of the README, into docs/screenshots. The servers and all that they show are made for
 * this; the keys in the pictures open nothing.
 */
import { mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { ensureBuilt } from "../dashboard/ensure-built.ts";
import { type Screen, screensOf } from "./screens.ts";
import { launchChromium } from "./support/chromium.ts";
import { openPlaces, type Place, type Places, placeOf, platformNamed } from "./support/places.ts";
import { TRACES } from "./support/root.ts";
import { DESKTOP, SMALLEST_PHONE } from "./support/viewports.ts";

const project = join(import.meta.dirname, "..");
const README = { width: 1280, height: 800 };
const TIMEOUT_MS = 10_000;

interface Look {
  readonly name: string;
  readonly options: BrowserContextOptions;
  /** By the beginnings of their names. */
  readonly screens: readonly string[];
  readonly isWhole: boolean;
}

function looksOf(screens: readonly string[], platform: string): Look[] {
  const ending = platform === "keyward" ? "" : `-${platform}`;
  const look = (name: string, options: BrowserContextOptions): Look => ({ name: `${name}${ending}`, options, screens, isWhole: true });
  return [
    look("light", { viewport: DESKTOP, colorScheme: "light" }),
    look("dark", { viewport: DESKTOP, colorScheme: "dark" }),
    look("phone", { viewport: SMALLEST_PHONE, colorScheme: "light", hasTouch: true }),
  ];
}

const README_LOOKS: readonly Look[] = [
  { name: "light", options: { viewport: README, colorScheme: "light" }, screens: ["keys"], isWhole: false },
  { name: "dark", options: { viewport: README, colorScheme: "dark" }, screens: ["key"], isWhole: false },
];

/** All pictures of one look, screen after screen. Returns how many are missing. */
async function takeAll(browser: Browser, look: Look, screens: readonly Screen[], places: Places, directory: string): Promise<number> {
  let failed = 0;
  for (const screen of screens.filter(({ name }) => isChosen(name, look))) {
    const path = join(directory, `${screen.name}-${look.name}.png`);
    await take(browser, screen, placeOf(places, screen.at), look, path).catch((error: Error) => {
      failed++;
      console.error(`${screen.name}-${look.name}: ${error.message.split("\n").slice(0, 4).join(" ")}`);
    });
  }
  return failed;
}

function isChosen(name: string, { screens, isWhole }: Look): boolean {
  return screens.length === 0 || screens.some((one) => (isWhole ? name.startsWith(one) : name === one));
}

async function take(browser: Browser, screen: Screen, place: Place, { options, isWhole }: Look, path: string): Promise<void> {
  const context = await browser.newContext({ ...options, baseURL: place.server.url, reducedMotion: "reduce" });
  try {
    context.setDefaultTimeout(TIMEOUT_MS);
    await context.addCookies([...place.cookies]);
    const page = await context.newPage();
    await page.goto(await screen.path(place));
    await screen.open?.(page, place);
    await settle(page, screen);
    await page.screenshot({ path, fullPage: isWhole && screen.isWhole === true });
  } finally {
    await context.close();
  }
}

/** Nothing is being read but what never comes, and nothing moves. */
async function settle(page: Page, { isWaiting = false }: Screen): Promise<void> {
  await page.waitForLoadState(isWaiting ? "load" : "networkidle");
  await page.evaluate("document.fonts.ready.then(() => new Promise((done) => setTimeout(done, 250)))");
}

/** Takes away the key whose name is markup: in the README it would look like a fault. */
async function tidy({ server, demonstration }: Place): Promise<void> {
  await server.operator("DELETE", `/keyward/v1/organizations/${demonstration.organizationId}/keys/${demonstration.keys.hostile.id}`);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { platform: { type: "string", default: "keyward" }, readme: { type: "boolean", default: false } },
});
const directory = join(project, values.readme ? "docs/screenshots" : "screenshots");
await ensureBuilt({ project, say: (sentence) => console.error(`keyward: ${sentence}`) });
mkdirSync(directory, { recursive: true });
await using opened = new AsyncDisposableStack();
opened.defer(() => rmSync(dirname(TRACES), { recursive: true, force: true }));
const looks = values.readme ? README_LOOKS : looksOf(positionals, values.platform);
const screens = screensOf(platformNamed(values.platform)).filter(({ name }) => looks.some((look) => isChosen(name, look)));
const places = await openPlaces(
  values.platform,
  screens.map(({ at }) => at),
  (end) => opened.defer(end),
);
if (values.readme) await tidy(placeOf(places, "people"));
const browser = await launchChromium();
opened.defer(() => browser.close());
const failed = await Promise.all(looks.map((look) => takeAll(browser, look, screens, places, directory)));
process.exitCode = Number(failed.some((count) => count > 0));
