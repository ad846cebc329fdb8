/**
 * Browser contexts that are used again. Chromium shares no process between contexts: in a new one for each test, starting a process and
 * compiling the dashboard take a third of what the test takes. One that is kept has a blank page of the server's site, for the process
 * ends with the last page of its site. When a test gives it back, nothing of the test is left in it.
 */
import type { Browser, BrowserContext, BrowserContextOptions, CDPSession, Page } from "playwright-core";

/** Each has a process. */
const AT_MOST = 3;
const BLANK = { contentType: "text/html", body: '<!doctype html><html lang="en"><title>Blank</title>' };

interface Kept {
  readonly context: BrowserContext;
  readonly blank: Page;
  /** Of the blank page. */
  readonly session: CDPSession;
  readonly permissions: string[];
  /** What the pages have asked. */
  readonly origins: Set<string>;
}

export interface TakenContext {
  readonly context: BrowserContext;
  /** The pages that the test has opened. */
  pages(): Page[];
  /** Empties it for the next test; or ends it, so that nobody gets what could not be emptied. */
  giveBack(): Promise<void>;
  end(): Promise<void>;
}

type Options = BrowserContextOptions & { readonly baseURL: string };

/** Those that nobody uses, by what they were made with, the one that was given back last at the end. */
const idle = new Map<string, Kept>();

/** A context with these options, for one test alone. */
export async function takeContext(browser: Browser, options: Options): Promise<TakenContext> {
  const name = JSON.stringify(options);
  const kept = idle.get(name) ?? (await keepNew(browser, options));
  idle.delete(name);
  const { context, blank } = kept;
  return {
    context,
    pages: () => context.pages().filter((page) => page !== blank),
    end: () => context.close(),
    async giveBack() {
      try {
        await empty(kept);
      } catch (error) {
        await context.close();
        throw error;
      }
      // Two of one kind were needed at once; one is enough for the next test.
      if (idle.has(name)) return context.close();
      idle.set(name, kept);
      const [oldest] = idle.keys();
      if (idle.size <= AT_MOST || oldest === undefined) return;
      const ended = idle.get(oldest);
      idle.delete(oldest);
      await ended?.context.close();
    },
  };
}

async function keepNew(browser: Browser, options: Options): Promise<Kept> {
  const context = await browser.newContext(options);
  const blank = await context.newPage();
  await blank.route("**/*", (route) => route.fulfill(BLANK));
  await blank.goto("/");
  await blank.unrouteAll();
  const session = await context.newCDPSession(blank);
  const origins = new Set<string>();
  context.on("request", (request) => origins.add(new URL(request.url()).origin));
  return { context, blank, session, permissions: options.permissions ?? [], origins };
}

async function empty({ context, blank, session, permissions, origins }: Kept): Promise<void> {
  await Promise.all(context.pages().map((page) => (page === blank ? undefined : page.close())));
  await context.unrouteAll({ behavior: "ignoreErrors" });
  await context.setOffline(false);
  await context.clearCookies();
  await context.clearPermissions();
  await context.grantPermissions(permissions);
  for (const origin of origins)
    if (/^https?:/.test(origin)) await session.send("Storage.clearDataForOrigin", { origin, storageTypes: "all" });
  await session.send("Network.clearBrowserCache");
  origins.clear();
}
