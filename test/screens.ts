/** Every screen and dialog of the dashboard: where it is, and how to get there. */
import type { Page } from "playwright-core";
import type { Demonstration } from "./support/demonstration.ts";
import type { Visitor } from "./support/people-at-server.ts";
import { secret } from "./support/root.ts";
import type { TestServer } from "./support/server.ts";

export interface Place {
  readonly server: TestServer;
  readonly demonstration: Demonstration;
  readonly cookies: Visitor["cookies"];
}

export interface Screen {
  /** Of its pictures. */
  readonly name: string;
  /** Who looks: an owner, a viewer, nobody who is signed in, or the operator of another server. */
  readonly at: "people" | "viewer" | "nobody" | "operator";
  readonly path: (place: Place) => string | Promise<string>;
  /** What is done there first. */
  readonly open?: (page: Page, place: Place) => Promise<unknown>;
  /** All of it, however long. */
  readonly isWhole?: boolean;
}

const settings =
  (screen: string, organization: "organizationId" | "hostileId" | "emptyId" = "organizationId") =>
  ({ demonstration }: Place) =>
    `/org/${demonstration[organization]}/settings/${screen}`;
const keyPath =
  (story: keyof Demonstration["keys"]) =>
  ({ demonstration: { organizationId, keys } }: Place) =>
    `/org/${organizationId}/settings/api-keys/${keys[story].id}`;
const press = (name: string | RegExp) => (page: Page) => page.getByRole("button", { name }).first().click();
const choose = (key: string, item: string | RegExp) => async (page: Page) => {
  await page.getByRole("button", { name: `More for ${key}` }).click();
  await page.getByRole("menuitem", { name: item }).click();
};

/** Fills the form and makes a key, whose secret the picture shows. */
async function createKey(page: Page): Promise<void> {
  await press(/^Create API key/i)(page);
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox").first().fill("Support desk");
  await dialog.getByRole("button", { name: /^Create/ }).click();
  await dialog.getByText("Copy").first().waitFor();
}

/** Beside the key, or in its menu where there is little room. */
async function revoke(page: Page): Promise<void> {
  const button = page.getByRole("button", { name: /^(Revoke|Delete) Production backend/ });
  await page.getByRole("button", { name: "More for Production backend" }).waitFor();
  if ((await button.count()) > 0) return button.click();
  await choose("Production backend", /^(Revoke|Delete)/)(page);
}

/** Asks for more than a minute allows, so that the key is known to be limited. */
async function exhaust({ server, demonstration }: Place): Promise<void> {
  const headers = { authorization: `Bearer ${demonstration.keys.rate_limited.key}` };
  for (let times = 0; times < 3; times++) await fetch(`${server.url}/keyward/v1/whoami`, { headers });
}

async function invitationPath({ server, demonstration }: Place): Promise<string> {
  const path = `/keyward/v1/organizations/${demonstration.organizationId}/invitations`;
  const { link } = (await server.operator("POST", path, { role: "member", note: "Picture" })).json;
  return `/keyward/invitation#${secret(link.split("#")[1])}`;
}

export const SCREENS: readonly Screen[] = [
  { name: "sign-in", at: "nobody", path: () => "/keyward/sign-in" },
  { name: "sign-in-error", at: "nobody", path: () => "/keyward/sign-in?error=session_ended" },
  { name: "sign-in-without-ways", at: "operator", path: () => "/keyward/sign-in" },
  { name: "sign-in-wrong", at: "nobody", path: () => "/keyward/sign-in", open: signInWrong },
  { name: "keys", at: "people", path: settings("api-keys"), open: (_page, place) => exhaust(place), isWhole: true },
  { name: "keys-all", at: "people", path: settings("api-keys?status=revoked") },
  { name: "keys-none-found", at: "people", path: settings("api-keys?search=nothing+like+it") },
  { name: "keys-empty", at: "operator", path: settings("api-keys", "emptyId") },
  { name: "keys-hostile", at: "operator", path: settings("api-keys", "hostileId") },
  { name: "keys-as-viewer", at: "viewer", path: settings("api-keys") },
  { name: "keys-menu", at: "people", path: settings("api-keys"), open: press("More for Production backend") },
  { name: "key-create", at: "people", path: settings("api-keys"), open: press(/^Create API key/i) },
  { name: "key-create-more", at: "people", path: settings("api-keys?create=true&name=Support&expires=90d&scopes=a:read,b:write") },
  { name: "key-edit", at: "people", path: settings("api-keys"), open: choose("Reporting", "Edit") },
  { name: "key-rotate", at: "people", path: settings("api-keys"), open: choose("Reporting", "Rotate") },
  { name: "key-revoke", at: "people", path: settings("api-keys"), open: revoke },
  { name: "key", at: "people", path: keyPath("active"), isWhole: true },
  { name: "key-limited", at: "people", path: keyPath("limited"), isWhole: true },
  { name: "key-rotating", at: "people", path: keyPath("rotating"), isWhole: true },
  { name: "key-revoked", at: "people", path: keyPath("revoked"), isWhole: true },
  { name: "key-unused", at: "people", path: keyPath("never_used"), isWhole: true },
  { name: "key-hostile", at: "people", path: keyPath("hostile"), isWhole: true },
  { name: "members", at: "people", path: settings("members"), isWhole: true },
  { name: "members-as-viewer", at: "viewer", path: settings("members") },
  { name: "members-invite", at: "people", path: settings("members"), open: press(/^Invite/) },
  { name: "plan", at: "people", path: settings("plan"), isWhole: true },
  { name: "audit-log", at: "people", path: settings("audit-log"), isWhole: true },
  { name: "general", at: "people", path: settings("general") },
  { name: "account", at: "people", path: () => "/keyward/account", isWhole: true },
  { name: "account-menu", at: "people", path: settings("api-keys"), open: press(/^Account of/) },
  { name: "organization-menu", at: "people", path: settings("api-keys"), open: press(/^Organization /) },
  { name: "organizations", at: "operator", path: () => "/keyward/organizations" },
  { name: "organizations-create", at: "operator", path: () => "/keyward/organizations", open: press(/^Create/) },
  { name: "service-tokens", at: "operator", path: () => "/keyward/service-tokens", isWhole: true },
  { name: "service-tokens-create", at: "operator", path: () => "/keyward/service-tokens", open: press(/^Create/) },
  { name: "no-such-page", at: "people", path: settings("nothing-here") },
  // What leaves something behind comes last.
  { name: "invitation", at: "people", path: invitationPath },
  { name: "invitation-new", at: "nobody", path: invitationPath },
  { name: "invitation-used", at: "people", path: () => "/keyward/invitation#kwi_used" },
  { name: "key-created", at: "people", path: settings("api-keys"), open: createKey },
];

async function signInWrong(page: Page): Promise<void> {
  await page.getByLabel("E-mail").fill("nobody@example.com");
  await page.getByLabel("Password").first().fill("not the right one at all");
  await page
    .getByRole("button", { name: /^Sign in/ })
    .last()
    .click();
  await page.getByRole("alert").first().waitFor();
}
