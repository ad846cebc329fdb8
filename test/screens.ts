/** Every screen and dialog of the dashboard: where it is, and how to get there. */
import type { Page } from "playwright-core";
import type { Platform } from "../platforms/define.ts";
import type { Demonstration } from "./support/demonstration.ts";
import type { Place, PlaceName } from "./support/places.ts";
import {
  answering,
  choose,
  createKey,
  createServiceToken,
  createWithoutScope,
  customPlanPath,
  editMore,
  exhaust,
  invitationPath,
  LIST_OF_KEYS,
  leaveUnstored,
  pasteKey,
  pasteKeyOfNobody,
  pointAtStatus,
  press,
  revoke,
  rotate,
  rotateAgain,
  show,
  signInWrong,
  signUp,
  testKey,
  unfold,
} from "./support/screen-steps.ts";
import { respondUnavailable } from "./support/trouble.ts";

export interface Screen {
  /** Of its pictures. */
  readonly name: string;
  readonly at: PlaceName;
  readonly path: (place: Place) => string | Promise<string>;
  /** What is done there first. */
  readonly open?: (page: Page, place: Place) => Promise<unknown>;
  /** All of it, however long. */
  readonly isWhole?: boolean;
  /** Which platforms offer it; all when absent. */
  readonly isOffered?: (platform: Platform) => boolean;
  /** It waits for a response that does not come. */
  readonly isWaiting?: boolean;
  /** A change of the window's size ends what was done there. */
  readonly isFleeting?: boolean;
  /** What the browser's console says there and should: the status of a response that the screen tells of. */
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
const rotates = ({ dashboard }: Platform) => dashboard.actions.includes("rotate");
const revokes = ({ dashboard }: Platform) => dashboard.actions.includes("revoke");
const seals = ({ sealsKeys }: Platform) => sealsKeys;
const hasCustomPlan = ({ plans }: Platform) => Object.values(plans).some(({ customLimits }) => customLimits !== undefined);
const listsScopes = ({ scopes }: Platform) => scopes !== null;
const claims = ({ unclaimedPlan }: Platform) => unclaimedPlan !== null;
const folds = ({ dashboard: { fields } }: Platform) => (["scopes", "resources", "limits"] as const).some((field) => fields.includes(field));

const SCREENS: readonly Screen[] = [
  { name: "sign-in", at: "nobody", path: () => "/keyward/sign-in" },
  { name: "sign-up", at: "nobody", path: () => "/keyward/sign-in", open: signUp },
  { name: "sign-in-error", at: "nobody", path: () => "/keyward/sign-in?error=session_ended" },
  { name: "sign-in-wrong", at: "nobody", path: () => "/keyward/sign-in", open: signInWrong, status: 401 },
  { name: "sign-in-without-ways", at: "stranger", path: () => "/keyward/sign-in" },
  { name: "keys", at: "people", path: settings("api-keys"), open: (_page, place) => exhaust(place), isWhole: true },
  { name: "keys-all", at: "people", path: settings("api-keys?status=revoked"), isOffered: revokes },
  { name: "keys-none-found", at: "people", path: settings("api-keys?search=nothing+like+it") },
  { name: "keys-pasted", at: "people", path: settings("api-keys"), open: pasteKey },
  { name: "keys-pasted-not-ours", at: "people", path: settings("api-keys"), open: pasteKeyOfNobody, status: 404 },
  { name: "keys-waiting", at: "people", path: settings("api-keys"), open: answering(LIST_OF_KEYS, () => undefined), isWaiting: true },
  {
    name: "keys-unread",
    at: "people",
    path: settings("api-keys"),
    open: answering(LIST_OF_KEYS, respondUnavailable),
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
  { name: "key-create-no-scope", at: "people", path: settings("api-keys"), open: createWithoutScope, isOffered: listsScopes },
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
  { name: "plan-custom", at: "operator", path: customPlanPath, isWhole: true, isOffered: hasCustomPlan },
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
  { name: "nodes", at: "operator", path: () => "/keyward/nodes" },
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
