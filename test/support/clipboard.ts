/** What was copied last, as a person finds out: by pasting it. No page may read the clipboard, so that a blank one beside it is used. */
import type { Page } from "playwright-core";
import { secret } from "./root.ts";

export async function pasted(page: Page): Promise<string> {
  const blank = await page.context().newPage();
  await blank.setContent("<textarea></textarea>");
  await blank.locator("textarea").focus();
  await blank.keyboard.press("ControlOrMeta+V");
  const text = await blank.locator("textarea").inputValue();
  await blank.close();
  return secret(text);
}
