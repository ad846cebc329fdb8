/** When nothing that a page has asked for is on its way any more, and what came is drawn. */
import type { Page, Request } from "playwright-core";

/** A frame to begin what the last step has led to, and one to draw it. */
const TWO_FRAMES = "new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => drawn())))";

/**
 * Counts the page's requests from now on. The function that is answered waits until none is under way, before two frames and after them:
 * no fixed time like that of Playwright's `networkidle`, which is half a second. What a page asks for later by itself is not waited for.
 */
export function watchRequests(page: Page): () => Promise<void> {
  const underWay = new Set<Request>();
  page.on("request", (request) => underWay.add(request));
  page.on("requestfinished", (request) => underWay.delete(request));
  page.on("requestfailed", (request) => underWay.delete(request));
  return async () => {
    do await page.evaluate(TWO_FRAMES);
    while (underWay.size > 0 || !(await isStillQuiet(page, underWay)));
  };
}

async function isStillQuiet(page: Page, underWay: ReadonlySet<Request>): Promise<boolean> {
  await page.evaluate(TWO_FRAMES);
  return underWay.size === 0;
}
