/** What a browser must fetch before the list of keys can be used. */
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { signedInPage } from "../support/browser.ts";
import { PASSWORDS } from "../support/people-at-server.ts";
import { suiteServer } from "../support/server.ts";

const LIMIT_BYTES = 150_000;
const server = suiteServer({ env: PASSWORDS });

test("the list of keys needs at most 150 kB of JavaScript, gzipped", async () => {
  const { page, organizationId } = await signedInPage(server);
  await server.newKey(organizationId, { name: "First" });
  const scripts = new Map<string, Promise<Buffer>>();
  page.on("response", (response) => {
    if (/javascript/.test(response.headers()["content-type"] ?? "")) scripts.set(response.url(), response.body());
  });
  await page.goto(`/org/${organizationId}/settings/api-keys`);
  await page.getByText("First", { exact: true }).waitFor();
  await page.waitForLoadState("networkidle");
  const sizes = await Promise.all(
    [...scripts].map(async ([url, body]) => [new URL(url).pathname, gzipSync(await body, { level: 9 }).length] as const),
  );
  const total = sizes.reduce((sum, [, size]) => sum + size, 0);
  const listed = sizes.sort((a, b) => b[1] - a[1]).map(([path, size]) => `${size} ${path}`);
  console.log(`initial JavaScript: ${total} bytes gzipped in ${sizes.length} files`);
  expect(sizes.length).toBeGreaterThan(0);
  expect(total, listed.join("\n")).toBeLessThanOrEqual(LIMIT_BYTES);
});
