/** The pages' content security policy, as a browser enforces it. What a page does against it unasked fails every other browser test. */
import { expect, test } from "vitest";
import { announceFault, newPage, signedInPage } from "../support/browser.ts";
import { type Demonstration, demonstrate } from "../support/demonstration.ts";
import { HOSTILE_NAME } from "../support/past.ts";
import { PASSWORDS } from "../support/people-at-server.ts";
import { traceDirectory } from "../support/root.ts";
import { suiteServer } from "../support/server.ts";

let demonstration: Demonstration;
const server = suiteServer(async () => {
  demonstration = await demonstrate({ directory: traceDirectory("server") });
  return { directory: demonstration.directory, env: PASSWORDS };
});

test("every page may load only from its own server", async () => {
  const page = await newPage(server);
  const response = await page.goto("/keyward/sign-in");
  const policy = response?.headers()["content-security-policy"] ?? "";
  const directives = Object.fromEntries(policy.split(";").map((one) => [one.trim().split(" ")[0]!, one.trim().split(" ").slice(1)]));
  expect(directives).toMatchObject({ "default-src": ["'none'"], "script-src": ["'self'"], "frame-ancestors": ["'none'"] });
  expect(policy).not.toMatch(/unsafe|https?:|\*/);
});

test.each([
  [
    "a script in markup",
    "const script = document.createElement('script'); script.textContent = 'globalThis.wasRun = 1'; document.body.append(script);",
  ],
  ["a handler in markup", "document.body.insertAdjacentHTML('beforeend', '<img src=data:, onerror=\"globalThis.wasRun = 1\">');"],
  [
    "another host's script",
    "const script = document.createElement('script'); script.src = 'http://127.0.0.2:9/a.js'; document.body.append(script);",
  ],
  ["a style in markup", "document.body.insertAdjacentHTML('beforeend', '<style>body { display: none }</style>');"],
  [
    "a form to another host",
    "const form = document.createElement('form'); form.action = 'http://127.0.0.2:9/'; document.body.append(form); form.submit();",
  ],
])("%s does nothing", async (_sentence, injection) => {
  const page = await newPage(server);
  await page.goto("/keyward/sign-in");
  await page.getByRole("heading").first().waitFor();
  announceFault(page, /content security policy|request to another host: http:\/\/127\.0\.0\.2:9/i);
  const violated = page.waitForEvent("console", (message) => message.type() === "error" && /content security policy/i.test(message.text()));
  await page.evaluate(`{ ${injection} }`);
  await violated;
  expect(await page.evaluate("globalThis.wasRun")).toBeUndefined();
  expect(await page.getByRole("heading").first().isVisible()).toBe(true);
});

test.each(["api-keys", "members", "plan", "audit-log", "general"])("names that are markup stand on %s as they are", async (screen) => {
  const { page } = await signedInPage(server, "owner", { organizationId: demonstration.hostileId });
  await page.goto(`/org/${demonstration.hostileId}/settings/${screen}`);
  await page.getByText(HOSTILE_NAME).first().waitFor();
  expect(await page.locator('img[src="x"]').count()).toBe(0);
});
