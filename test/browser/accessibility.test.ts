/** Everybody can use the dashboard: with a keyboard, a screen reader, a phone, enlarged, without motion or without colors. */
import type { Locator, Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { axe, ORIENTATION } from "../support/axe.ts";
import { sidewaysPx, suitePlaces } from "../support/barriers.ts";
import { newPage, type PageOptions } from "../support/browser.ts";
import { placeOf } from "../support/places.ts";

const places = suitePlaces("keyward", ["people"]);

/** An owner's. */
async function openPage(options: PageOptions = {}): Promise<Page> {
  const { server, cookies } = placeOf(places, "people");
  const page = await newPage(server, options);
  await page.context().addCookies([...cookies]);
  return page;
}

const path = (screen: string) => `/org/${placeOf(places, "people").demonstration.organizationId}/settings/${screen}`;
const keyPath = () => path(`api-keys/${placeOf(places, "people").demonstration.keys.active.id}`);

const focused = (page: Page) => page.locator(":focus");

test("no style turns a page by how the screen is held", async () => {
  const page = await openPage();
  await page.goto(path("api-keys"));
  await page.getByRole("heading", { level: 1 }).waitFor();
  await axe(page, { rules: [ORIENTATION] });
  // It is noticed in a style sheet, which is what axe fetches for it.
  const turned = "@media (orientation: portrait) { body { transform: rotate(90deg) } }";
  await page.route("**/*.css", (route) => route.fulfill({ contentType: "text/css", body: turned }));
  await page.reload();
  await page.getByRole("heading", { level: 1 }).waitFor();
  await expect(axe(page, { rules: [ORIENTATION] })).rejects.toThrow(/orientation/);
});

test("the element that opened a dialog has the focus again when it closes", async () => {
  const page = await openPage();
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

test("the focus stays within a dialog, and a question begins at the input where a word must be typed", async () => {
  const page = await openPage();
  await page.goto(path("api-keys"));
  await page.getByRole("button", { name: "Revoke Production backend" }).press("Enter");
  await expect.poll(() => page.getByLabel("Type Production backend to confirm").and(focused(page)).count()).toBe(1);
  for (let times = 0; times < 6; times++) {
    await page.keyboard.press("Tab");
    await expect.poll(() => page.getByRole("dialog").locator(":focus").count()).toBe(1);
  }
});

test("going to another screen says its title and puts the focus at its heading", async () => {
  const page = await openPage();
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

test("keyboard users see where the focus is, and can skip the navigation", async () => {
  const page = await openPage();
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

test("with reduced motion no animation lasts", async () => {
  const page = await openPage({ reducedMotion: "reduce" });
  await page.goto(path("api-keys"));
  await page.getByRole("switch").first().waitFor();
  const longest = await page.evaluate<number>(
    "Math.max(...[...document.querySelectorAll('*')].map((one) => { const { transitionDuration, animationDuration } = getComputedStyle(one); return Math.max(parseFloat(transitionDuration), parseFloat(animationDuration)); }))",
  );
  expect(longest).toBeLessThan(0.01);
});

test("with reduced motion another theme is there at once, without any transition", async () => {
  const page = await openPage({ reducedMotion: "reduce", colorScheme: "light" });
  await page.goto(path("api-keys"));
  await page.getByRole("switch").first().waitFor();
  await page.evaluate("globalThis.transitions = 0; addEventListener('transitionrun', () => void transitions++); undefined");
  const background = () => page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
  const light = await background();
  await page.emulateMedia({ colorScheme: "dark" });
  await expect.poll(background).not.toBe(light);
  await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
  expect(await page.evaluate<number>("transitions")).toBe(0);
});

test("without colors a switch still shows whether it is on", async () => {
  const page = await openPage();
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
  const page = await openPage({ viewport: { width: 640, height: 450 } });
  for (const at of [path("api-keys"), keyPath(), path("members"), path("plan"), path("audit-log"), path("general"), "/keyward/account"]) {
    await page.goto(at);
    await page.getByRole("heading", { level: 1 }).waitFor();
    expect(await sidewaysPx(page), at).toBe(0);
  }
});

test("on a phone a long form scrolls within its dialog, and its buttons stay in sight", async () => {
  const page = await openPage({ viewport: { width: 360, height: 400 } });
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

describe("what a status means", () => {
  const shown = (page: Page) => page.getByText(/^It has been replaced/).and(page.locator(":visible"));

  async function onStatus(): Promise<{ page: Page; status: Locator }> {
    const page = await openPage();
    await page.goto(path("api-keys"));
    const status = page.getByText(/^Rotating, /).first();
    await status.waitFor();
    return { page, status };
  }

  test("is seen under the pointer, stays while the pointer goes over to it, and goes when the pointer does", async () => {
    const { page, status } = await onStatus();
    await status.hover();
    await shown(page).waitFor();
    const { x, y, width, height } = (await shown(page).boundingBox()) ?? { x: Number.NaN, y: 0, width: 0, height: 0 };
    // Slowly, through the gap between the two.
    await page.mouse.move(x + width / 2, y + height / 2, { steps: 25 });
    await page.waitForTimeout(400);
    expect(await shown(page).count()).toBe(1);
    await page.mouse.down();
    await page.mouse.up();
    expect(await page.locator("[aria-hidden=true] :focus").count()).toBe(0);
    await page.mouse.move(1, 1);
    await expect.poll(() => shown(page).count()).toBe(0);
  });

  test("is seen by the keyboard, goes with Escape or with the focus, and is heard with the status", async () => {
    const { page, status } = await onStatus();
    const focusable = status.locator("xpath=ancestor-or-self::*[@tabindex or self::button][1]");
    await focusable.focus();
    await shown(page).waitFor();
    await shown(page).hover();
    await page.mouse.move(1, 1);
    await page.waitForTimeout(400);
    expect(await shown(page).count()).toBe(1);
    await page.keyboard.press("Escape");
    await expect.poll(() => shown(page).count()).toBe(0);
    await focusable.blur();
    await focusable.focus();
    await shown(page).waitFor();
    await focusable.blur();
    await expect.poll(() => shown(page).count()).toBe(0);
    const heard = await focusable.getAttribute("aria-describedby");
    expect(await page.locator(`[id="${heard}"]`).textContent()).toMatch(/^It has been replaced/);
  });
});
