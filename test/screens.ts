/** Every screen and dialog of the dashboard: where it is, and how to get there. */
import type { Page, Route } from "playwright-core";
import type { Platform } from "../platforms/define.ts";
import type { Demonstration } from "./support/demonstration.ts";
import type { Visitor } from "./support/people-at-server.ts";
import { secret } from "./support/root.ts";
import type { TestServer } from "./support/server.ts";
import { answerUnavailable } from "./support/trouble.ts";

export interface Place {
  readonly server: TestServer;
  readonly demonstration: Demonstration;
  readonly cookies: Visitor["cookies"];
}

export interface Screen {
  /** Of its pictures. */
  readonly name: string;
  /** Who looks: an owner, a viewer, nobody who is signed in; or on another server its operator, or nobody. */
  readonly at: "people" | "viewer" | "nobody" | "operator" | "stranger";
  readonly path: (place: Place) => string | Promise<string>;
  /** What is done there first. */
  readonly open?: (page: Page, place: Place) => Promise<unknown>;
  /** All of it, however long. */
  readonly isWhole?: boolean;
  /** Which platforms offer it; all when absent. */
  readonly isOffered?: (platform: Platform) => boolean;
  /** It waits for an answer that does not come. */
  readonly isWaiting?: boolean;
  /** A change of the window's size ends what was done there. */
  readonly isFleeting?: boolean;
  /** What the browser's console says there and should: the status of an answer that the screen tells of. */
  readonly status?: 401 | 404 | 503;
}

/** The screens of a platform. */
export function screensOf(platform: Platform): Screen[] {
  return SCREENS.filter(({ isOffered = () => true }) => isOffered(platform));
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
/** Of several keys with that name the one that stands first. */
const choose = (key: string, item: string | RegExp) => async (page: Page) => {
  await page
    .getByRole("button", { name: `More for ${key}` })
    .first()
    .click();
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

const rotates = ({ dashboard }: Platform) => dashboard.actions.includes("rotate");
const revokes = ({ dashboard }: Platform) => dashboard.actions.includes("revoke");
const seals = ({ sealsKeys }: Platform) => sealsKeys;
const claims = ({ unclaimedPlan }: Platform) => unclaimedPlan !== null;
const folds = ({ dashboard: { fields } }: Platform) => (["scopes", "resources", "limits"] as const).some((field) => fields.includes(field));

const LIST_OF_KEYS = /\/keyward\/v1\/organizations\/[^/]+\/keys\?/;

/** What answers the calls to these addresses from now on, in a page that is read anew. */
const answering = (address: RegExp, answer: (route: Route) => unknown) => async (page: Page) => {
  await page.route(address, answer);
  await page.reload();
};

async function editMore(page: Page): Promise<void> {
  await choose("Reporting", "Edit")(page);
  await page.getByRole("dialog").locator("summary").click();
}

/** A key of its own, because others may rotate at the same time. */
async function rotate(page: Page, { server, demonstration }: Place): Promise<void> {
  const name = `Nightly ${Math.random().toString(36).slice(2, 6)}`;
  await server.newKey(demonstration.organizationId, { name });
  await page.reload();
  await choose(name, "Rotate")(page);
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Rotate" }).click();
  await dialog.getByText("Copy").first().waitFor();
}

/** Of two keys of one name the older one, which has the other as its successor. */
async function rotateAgain(page: Page): Promise<void> {
  await page.getByRole("button", { name: "More for Payments worker" }).last().click();
  await page.getByRole("menuitem", { name: "Rotate" }).click();
}

async function leaveUnstored(page: Page): Promise<void> {
  await createKey(page);
  await page.keyboard.press("Escape");
  await page.getByRole("dialog", { name: /^Have you stored/ }).waitFor();
}

async function show(page: Page): Promise<void> {
  await choose("Production backend", "Show key")(page);
  await page.getByRole("dialog").getByRole("button", { name: "Show key" }).click();
  await page.getByText("Hide and close").waitFor();
}

async function pointAtStatus(page: Page): Promise<void> {
  // A pointer that has not moved points at nothing new.
  await page.mouse.move(0, 0);
  await page
    .getByText(/^Rotating, /)
    .first()
    .hover();
  await page
    .getByText(/^It has a successor/)
    .and(page.locator(":visible"))
    .waitFor();
}

/** Opens the first of what can be unfolded. */
const unfold = (page: Page) => page.locator("summary").first().click();

async function testKey(page: Page, { demonstration }: Place): Promise<void> {
  await page.getByLabel(/^Key( pair, or public key alone)?$/).fill(demonstration.keys.active.key);
  await page.getByRole("button", { name: "Test", exact: true }).click();
  await page.locator("[aria-live=polite] p").first().waitFor();
}

async function createServiceToken(page: Page): Promise<void> {
  await press(/^Create/)(page);
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox").fill("Billing worker");
  await dialog.getByRole("button", { name: /^Create/ }).click();
  await dialog.getByText("Copy").first().waitFor();
}

export const SCREENS: readonly Screen[] = [
  { name: "sign-in", at: "nobody", path: () => "/keyward/sign-in" },
  { name: "sign-up", at: "nobody", path: () => "/keyward/sign-in", open: press(/^No account yet/) },
  { name: "sign-in-error", at: "nobody", path: () => "/keyward/sign-in?error=session_ended" },
  { name: "sign-in-wrong", at: "nobody", path: () => "/keyward/sign-in", open: signInWrong, status: 401 },
  { name: "sign-in-without-ways", at: "stranger", path: () => "/keyward/sign-in" },
  { name: "keys", at: "people", path: settings("api-keys"), open: (_page, place) => exhaust(place), isWhole: true },
  { name: "keys-all", at: "people", path: settings("api-keys?status=revoked"), isOffered: revokes },
  { name: "keys-none-found", at: "people", path: settings("api-keys?search=nothing+like+it") },
  { name: "keys-waiting", at: "people", path: settings("api-keys"), open: answering(LIST_OF_KEYS, () => undefined), isWaiting: true },
  {
    name: "keys-unread",
    at: "people",
    path: settings("api-keys"),
    open: answering(LIST_OF_KEYS, answerUnavailable),
    status: 503,
  },
  { name: "keys-empty", at: "operator", path: settings("api-keys", "emptyId") },
  { name: "keys-hostile", at: "operator", path: settings("api-keys", "hostileId") },
  { name: "keys-as-viewer", at: "viewer", path: settings("api-keys") },
  { name: "keys-of-others", at: "people", path: ({ demonstration }) => `/org/${demonstration.emptyId}/settings/api-keys`, status: 404 },
  { name: "keys-menu", at: "people", path: settings("api-keys"), open: press("More for Production backend") },
  { name: "keys-tooltip", at: "people", path: settings("api-keys"), open: pointAtStatus, isFleeting: true },
  { name: "key-link", at: "people", path: settings("api-keys"), open: press("Link existing key"), isOffered: claims },
  { name: "key-create", at: "people", path: settings("api-keys"), open: press(/^Create API key/i) },
  {
    name: "key-create-more",
    at: "people",
    path: settings("api-keys?create=true&name=Support&expires=90d&scopes=a:read,b:write"),
    isOffered: folds,
  },
  { name: "key-edit", at: "people", path: settings("api-keys"), open: choose("Reporting", "Edit") },
  { name: "key-edit-more", at: "people", path: settings("api-keys"), open: editMore, isOffered: folds },
  { name: "key-show", at: "people", path: settings("api-keys"), open: choose("Production backend", "Show key"), isOffered: seals },
  { name: "key-shown", at: "people", path: settings("api-keys"), open: show, isOffered: seals },
  { name: "key-rotate", at: "people", path: settings("api-keys"), open: choose("Reporting", "Rotate"), isOffered: rotates },
  { name: "key-rotate-again", at: "people", path: settings("api-keys"), open: rotateAgain, isOffered: rotates },
  { name: "key-revoke", at: "people", path: settings("api-keys"), open: revoke, isOffered: revokes },
  { name: "key", at: "people", path: keyPath("active"), isWhole: true },
  { name: "key-tested", at: "people", path: keyPath("active"), open: testKey, isWhole: true },
  { name: "key-limited", at: "people", path: keyPath("limited"), isWhole: true },
  { name: "key-rotating", at: "people", path: keyPath("rotating"), isWhole: true },
  { name: "key-revoked", at: "people", path: keyPath("revoked"), isWhole: true },
  { name: "key-unused", at: "people", path: keyPath("never_used"), isWhole: true },
  { name: "key-hostile", at: "people", path: keyPath("hostile"), isWhole: true },
  { name: "key-as-viewer", at: "viewer", path: keyPath("active"), isWhole: true },
  { name: "key-absent", at: "people", path: settings("api-keys/key_01jd0000000000000000000000"), status: 404 },
  { name: "members", at: "people", path: settings("members"), isWhole: true },
  { name: "members-as-viewer", at: "viewer", path: settings("members") },
  { name: "members-empty", at: "operator", path: settings("members", "emptyId") },
  { name: "members-invite", at: "people", path: settings("members"), open: press(/^Invite/) },
  { name: "members-remove", at: "people", path: settings("members"), open: press(/^Remove Grace Hopper/) },
  { name: "plan", at: "people", path: settings("plan"), isWhole: true },
  { name: "plan-as-operator", at: "operator", path: settings("plan"), isWhole: true },
  { name: "audit-log", at: "people", path: settings("audit-log"), open: unfold, isWhole: true },
  { name: "audit-log-none-found", at: "people", path: settings("audit-log?to=2001-01-01") },
  { name: "general", at: "people", path: settings("general") },
  { name: "account", at: "people", path: () => "/keyward/account", isWhole: true },
  { name: "account-menu", at: "people", path: settings("api-keys"), open: press(/^Account of/) },
  { name: "organization-menu", at: "people", path: settings("api-keys"), open: press(/^Organization /) },
  { name: "organizations", at: "operator", path: () => "/keyward/organizations" },
  { name: "organizations-as-member", at: "people", path: () => "/keyward/organizations" },
  { name: "organizations-create", at: "operator", path: () => "/keyward/organizations", open: press(/^Create/) },
  { name: "service-tokens", at: "operator", path: () => "/keyward/service-tokens", isWhole: true },
  { name: "service-tokens-create", at: "operator", path: () => "/keyward/service-tokens", open: press(/^Create/) },
  { name: "no-such-page", at: "people", path: settings("nothing-here") },
  { name: "no-such-address", at: "nobody", path: () => "/keyward/nothing-here", status: 404 },
  // What leaves something behind comes last.
  { name: "invitation", at: "people", path: invitationPath },
  { name: "invitation-new", at: "nobody", path: invitationPath },
  { name: "invitation-used", at: "people", path: () => "/keyward/invitation#kwi_used", status: 404 },
  { name: "key-created", at: "people", path: settings("api-keys"), open: createKey },
  { name: "key-rotated", at: "people", path: settings("api-keys"), open: rotate, isOffered: rotates },
  { name: "key-leaving", at: "people", path: settings("api-keys"), open: leaveUnstored },
  { name: "service-token-created", at: "operator", path: () => "/keyward/service-tokens", open: createServiceToken },
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
