/** A real browser for tests: one Chromium for each worker process, a context for each page that holds nothing of another, and a test that fails when its page did. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { onTestFinished } from "vitest";
import { launchChromium } from "./chromium.ts";
import { type TakenContext, takeContext } from "./kept-contexts.ts";
import { type PageFaults, watchFaults } from "./page-faults.ts";
import { type SignedInAs, signedIn, type Visitor } from "./people-at-server.ts";
import { traceDirectory } from "./root.ts";
import type { TestServer } from "./server.ts";
import { forgettingSecrets, rememberSecrets } from "./shown-secrets.ts";
import { DESKTOP } from "./viewports.ts";

export interface PageOptions
  extends Pick<BrowserContextOptions, "viewport" | "colorScheme" | "locale" | "timezoneId" | "reducedMotion" | "permissions"> {
  /** Hosts other than the server's that the page may speak with: a test's own identity provider, on 127.0.0.1. */
  readonly identityProvider?: string;
}

/** Ends with the process that started it, and with nothing before: the files that run in one worker share it. */
let launched: Promise<Browser> | undefined;

const faultsOf = new WeakMap<BrowserContext, PageFaults>();

/** A page of a context that no other test has at the same time; what is in it is gone when the test ends. Addresses are relative to the server. */
export async function newPage(server: Pick<TestServer, "url">, options: PageOptions = {}): Promise<Page> {
  const { identityProvider, ...rest } = options;
  launched ??= launchChromium();
  const taken = await takeContext(await launched, {
    baseURL: server.url,
    viewport: DESKTOP,
    // A person at a screen is not asked for it; without a screen nobody is there to ask.
    permissions: ["clipboard-write"],
    ...rest,
  });
  const { context } = taken;
  onTestFinished(({ task }) => end(taken, task.name, task.result?.state === "fail"), 20_000);
  const hosts = [server.url, ...(identityProvider === undefined ? [] : [loopback(identityProvider)])].map(hostOf);
  faultsOf.set(context, await watchFaults(context, hosts));
  secretsRead.set(context, rememberSecrets(context));
  return context.newPage();
}

/** A page of somebody who has just signed in; `role` in an organization that is made for this test unless one is given. */
export async function signedInPage(
  server: TestServer,
  role: SignedInAs["role"] = "owner",
  options: PageOptions & { organizationId?: string } = {},
): Promise<{ page: Page; visitor: Visitor; organizationId: string }> {
  const { organizationId, ...rest } = options;
  const visitor = await signedIn(server, { role, organizationId });
  const page = await newPage(server, rest);
  await page.context().addCookies(visitor.cookies);
  return { page, visitor, organizationId: visitor.organizationId };
}

/** Says that the test makes something go wrong in the page on purpose, such as a refusal that the console reports. */
export function announceFault(page: Page, expected: RegExp): void {
  faultsOf.get(page.context())?.announce(expected);
}

const secretsRead = new WeakMap<BrowserContext, () => Promise<void>>();

async function end(taken: TakenContext, name: string, hasFailed: boolean): Promise<void> {
  const { context } = taken;
  let isKept = false;
  try {
    await secretsRead.get(context)?.();
    const faults = faultsOf.get(context)?.all() ?? [];
    const traces = hasFailed || faults.length > 0 ? await leaveTraces(taken.pages(), name, faults) : undefined;
    if (faults.length > 0) throw new Error(`the page did what it must not:\n  ${faults.join("\n  ")}\n  traces in ${traces}`);
    isKept = !hasFailed;
  } finally {
    if (isKept) {
      await faultsOf.get(context)?.stop();
      await taken.giveBack();
    } else await taken.end();
  }
}

/** The text and a picture of each page, without secrets: the canary reads the one and cannot read the other. */
async function leaveTraces(pages: readonly Page[], name: string, faults: readonly string[]): Promise<string> {
  const directory = traceDirectory("browser");
  for (const [index, page] of pages.entries()) {
    const text = await page
      .locator("body")
      .innerText({ timeout: 2_000 })
      .catch((error) => `no text: ${error}`);
    const lines = [name, ...faults, page.url(), "", text].join("\n");
    writeFileSync(join(directory, `page-${index + 1}.txt`), forgettingSecrets(lines));
    await coverSecrets(page)
      .then(() => page.screenshot({ path: join(directory, `page-${index + 1}.png`), timeout: 5_000 }))
      .catch(() => undefined);
  }
  return directory;
}

/** Replaces what looks like a secret in every text and input of the page. */
async function coverSecrets(page: Page): Promise<void> {
  await page.evaluate(`{
    const cover = (text) => text.replace(/[A-Za-z0-9_-]{30,}/g, "[secret]");
    const texts = document.createTreeWalker(document, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) texts.currentNode.data = cover(texts.currentNode.data);
    for (const input of document.querySelectorAll("input, textarea")) input.value = cover(input.value);
  }`);
}

const hostOf = (url: string) => new URL(url).host;

function loopback(url: string): string {
  if (new URL(url).hostname !== "127.0.0.1") throw new Error(`an identity provider of a test is on 127.0.0.1, and not at ${url}`);
  return url;
}
