/**
 * `npm run screenshots [-- NAME...]`: every screen and dialog of the dashboard, in light, in dark and at phone width, into ./screenshots.
 * The servers and all that they show are made for this; the keys in the pictures open nothing.
 */
import { mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { ensureBuilt } from "../dashboard/ensure-built.ts";
import { type Place, SCREENS, type Screen } from "./screens.ts";
import { launchChromium } from "./support/chromium.ts";
import { demonstrate } from "./support/demonstration.ts";
import { PASSWORDS, signedIn, signedInOperator } from "./support/people-at-server.ts";
import { TRACES, traceDirectory } from "./support/root.ts";
import { launch } from "./support/server.ts";

const project = join(import.meta.dirname, "..");
const PICTURES = join(project, "screenshots");
const DESKTOP = { width: 1280, height: 900 };
const LOOKS: Readonly<Record<string, BrowserContextOptions>> = {
  light: { viewport: DESKTOP, colorScheme: "light" },
  dark: { viewport: DESKTOP, colorScheme: "dark" },
  phone: { viewport: { width: 390, height: 844 }, colorScheme: "light", hasTouch: true },
};
const TIMEOUT_MS = 10_000;

/** A server that people use, and one that has its operator alone, who signs in by a link. */
async function openPlaces(opened: AsyncDisposableStack): Promise<Record<Screen["at"], Place>> {
  const start = async (withMembers: boolean) => {
    const demonstration = await demonstrate({ directory: traceDirectory("screenshots"), withMembers });
    const options = { directory: demonstration.directory, ...(withMembers && { env: PASSWORDS }) };
    return { demonstration, server: await launch(options, (end) => opened.defer(end)) };
  };
  const people = await start(true);
  const { organizationId } = people.demonstration;
  const alone = await start(false);
  return {
    people: { ...people, cookies: (await signedIn(people.server, { organizationId })).cookies },
    viewer: { ...people, cookies: (await signedIn(people.server, { organizationId, role: "viewer", name: "Niklaus Wirth" })).cookies },
    nobody: { ...people, cookies: [] },
    operator: { ...alone, cookies: (await signedInOperator(alone.server)).cookies },
  };
}

async function take(browser: Browser, screen: Screen, place: Place, look: string): Promise<void> {
  const context = await browser.newContext({ ...LOOKS[look], baseURL: place.server.url, reducedMotion: "reduce" });
  try {
    context.setDefaultTimeout(TIMEOUT_MS);
    await context.addCookies([...place.cookies]);
    const page = await context.newPage();
    await page.goto(await screen.path(place));
    await screen.open?.(page, place);
    await settle(page);
    await page.screenshot({ path: join(PICTURES, `${screen.name}-${look}.png`), fullPage: screen.isWhole ?? false });
  } finally {
    await context.close();
  }
}

/** Nothing is being read, and nothing moves. */
async function settle(page: Page): Promise<void> {
  await page.waitForLoadState("networkidle");
  await page.evaluate("document.fonts.ready.then(() => new Promise((done) => setTimeout(done, 250)))");
}

async function takeAll(screens: readonly Screen[], opened: AsyncDisposableStack): Promise<number> {
  const places = await openPlaces(opened);
  const browser = await launchChromium();
  opened.defer(() => browser.close());
  let failed = 0;
  for (const screen of screens) {
    for (const look of Object.keys(LOOKS)) {
      await take(browser, screen, places[screen.at], look).catch((error: Error) => {
        failed++;
        console.error(`${screen.name}-${look}: ${error.message.split("\n").slice(0, 4).join(" ")}`);
      });
    }
    console.log(screen.name);
  }
  return failed;
}

const names = process.argv.slice(2);
const chosen = names.length === 0 ? SCREENS : SCREENS.filter(({ name }) => names.some((one) => name.startsWith(one)));
await ensureBuilt({ project, say: (sentence) => console.error(`keyward: ${sentence}`) });
mkdirSync(PICTURES, { recursive: true });
await using opened = new AsyncDisposableStack();
opened.defer(() => rmSync(dirname(TRACES), { recursive: true, force: true }));
process.exitCode = Number((await takeAll(chosen, opened)) > 0);
