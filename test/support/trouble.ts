/** What goes wrong between a page and its server, made on purpose, and what the page then says of it. */
import type { Locator, Page, Route } from "playwright-core";

/** The sentence below an input that says what is wrong with it; empty when there is none. */
export async function faultOf(input: Locator): Promise<string> {
  if ((await input.getAttribute("aria-invalid")) !== "true") return "";
  const ids = ((await input.getAttribute("aria-describedby")) ?? "").split(" ");
  const alerts = ids.map((id) => input.page().locator(`[id="${id}"][role="alert"]`));
  return (await Promise.all(alerts.map((one) => one.allInnerTexts()))).flat().join(" ");
}

const UNAVAILABLE = {
  type: "about:blank",
  title: "The database is not available",
  status: 503,
  detail: "The database is away.",
  code: "store_unavailable",
};

/** Responds as the server does when its database is not available. */
export function respondUnavailable(route: Route): Promise<void> {
  return route.fulfill({ status: 503, contentType: "application/problem+json", body: JSON.stringify(UNAVAILABLE) });
}

/** What the console says of an error response, or of none. */
export const FAILED_LOAD = /Failed to load resource/;

interface Gate {
  /** What happens to the calls from now on: they wait, are refused with 503, or go to the server. */
  set(state: "wait" | "refuse" | "pass"): void;
}

/** Stands between a page and one address of its server. Calls wait at first. */
export async function gateAt(page: Page, address: RegExp): Promise<Gate> {
  let state: "wait" | "refuse" | "pass" = "wait";
  const waiting: (() => void)[] = [];
  const decided = () => (state === "wait" ? new Promise<void>((done) => waiting.push(done)) : Promise.resolve());
  await page.route(address, async (route) => {
    await decided();
    await (state === "refuse" ? respondUnavailable(route) : route.continue()).catch(() => undefined);
  });
  return {
    set(next) {
      state = next;
      for (const go of waiting.splice(0)) go();
    },
  };
}
