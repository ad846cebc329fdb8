/** What has been copied, read on a page of its own: the dashboard's pages may write to the clipboard and never read it. */
import type { Page } from "playwright-core";

const BLANK = '<!doctype html><html lang="en"><title>Paste</title><link rel="icon" href="data:,">';

/** Needs the permission `clipboard-read`. The page that copied is in front again afterwards. */
export async function clipboardOf(page: Page): Promise<string> {
  const elsewhere = await page.context().newPage();
  await elsewhere.route("**/paste", (route) => route.fulfill({ contentType: "text/html", body: BLANK }));
  await elsewhere.goto("/paste");
  const text = await elsewhere.evaluate<string>("navigator.clipboard.readText()");
  await elsewhere.close();
  await page.bringToFront();
  return text;
}
