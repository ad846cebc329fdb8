/** Letting a terminal in: the page that `keyward login` opens. */
import { expect, test } from "vitest";
import { announceFault, newPage } from "../support/browser.ts";
import { PASSWORD } from "../support/people.ts";
import { PASSWORDS, signedIn } from "../support/people-at-server.ts";
import { secret } from "../support/root.ts";
import { call, suiteServer } from "../support/server.ts";

const server = suiteServer({ env: PASSWORDS });

const post = async (path: string, body: object) =>
  (await call(server.url + path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) })).json;
const begin = () => post("/keyward/v1/device-logins", { client: "keyward on laptop (ada)" });
const take = (deviceCode: string) => post("/keyward/v1/device-logins/take", { deviceCode });

test("somebody signs in, sees which terminal waits, and lets it in", async () => {
  const { email } = await signedIn(server, { name: "Ada Lovelace" });
  const { url, userCode, deviceCode } = await begin();
  const page = await newPage(server);
  await page.goto(url);
  await page.getByLabel("E-mail", { exact: true }).fill(email);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  // The code has come along.
  await page.getByRole("heading", { name: "Sign in on a terminal" }).waitFor();
  expect(await page.getByLabel("Code").inputValue()).toBe(userCode);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("heading", { name: "Let this terminal act as Ada Lovelace?" }).waitFor();
  await page.getByText("keyward on laptop (ada)").waitFor();
  expect((await take(deviceCode)).token).toBeNull();
  await page.getByRole("button", { name: "Let it in" }).click();
  await page.getByRole("heading", { name: "The terminal is signed in" }).waitFor();
  expect(secret((await take(deviceCode)).token)).toMatch(/^kwc_/);
});

test("a wrong code is reported and can be corrected; a terminal can be refused", async () => {
  const { cookies } = await signedIn(server);
  const { userCode, deviceCode } = await begin();
  const page = await newPage(server);
  await page.context().addCookies(cookies);
  announceFault(page, /status of 404/);
  await page.goto("/keyward/device");
  await page.getByLabel("Code").fill("BBBB-BBBB");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("alert").getByText("No device waits with this code").waitFor();
  await page.getByLabel("Code").fill(userCode.toLowerCase());
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("button", { name: "Refuse" }).click();
  await page.getByRole("heading", { name: "The terminal was refused" }).waitFor();
  announceFault(page, /status of 404/);
  expect((await take(deviceCode)).code).toBe("not_found");
});
