/** One sentence for each event of the audit log. */
import type { AuditEntry } from "@keyward/sdk";
import { exactTime } from "./time.ts";

export interface AuditEvent {
  readonly actor: { readonly kind: string; readonly id: string; readonly name: string | null };
  readonly action: string;
  readonly subjectId: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** What the page knows besides the event. */
interface Known {
  /** The name of a person; undefined for people who are no longer known. */
  readonly nameOf?: (userId: string) => string | undefined;
  /** The title of a plan. */
  readonly planTitle?: (plan: string) => string;
  /** How to refer to the key of the event; defaults to "an API key". */
  readonly theKey?: string;
}

interface ActionWords {
  /** The name in the filter. */
  readonly title: string;
  /** What somebody did; the name of the actor comes before it. */
  readonly deed: (event: AuditEvent, known: Required<Known>) => string;
}

const WORDS: Readonly<Record<AuditEntry["action"], ActionWords>> = {
  "key.created": { title: "Key created", deed: ({ details }, { theKey }) => `created ${theKey}${quoted(details.name)}` },
  "key.claimed": { title: "Key linked", deed: (_event, { theKey }) => `linked ${theKey} that already existed` },
  "key.updated": { title: "Key changed", deed: ({ details }, { theKey }) => keyChange(details, theKey) },
  "key.rotated": { title: "Key rotated", deed: ({ details }, { theKey }) => `rotated ${theKey}${overlap(details.expiresAt)}` },
  "key.ended": { title: "Key ended", deed: (_event, { theKey }) => `ended ${theKey} by rotating its successor` },
  "key.revoked": { title: "Key revoked", deed: (_event, { theKey }) => `revoked ${theKey}` },
  "key.shown": { title: "Key shown", deed: (_event, { theKey }) => `showed ${theKey} again` },
  "organization.created": { title: "Organization created", deed: ({ details }) => `created the organization${quoted(details.name)}` },
  "organization.updated": { title: "Organization changed", deed: ({ details }, { planTitle }) => organizationChange(details, planTitle) },
  "invitation.created": { title: "Invitation created", deed: ({ details }) => `invited ${noted(details.note)}${as(details.role)}` },
  "invitation.revoked": { title: "Invitation withdrawn", deed: () => "withdrew an invitation" },
  "member.joined": { title: "Member joined", deed: ({ details }) => `joined the organization${as(details.role)}` },
  "member.updated": {
    title: "Member's role changed",
    deed: ({ subjectId, details }, { nameOf }) => `changed the role of ${nameOf(subjectId) ?? "a member"}${fromTo(details)}`,
  },
  "member.removed": {
    title: "Member removed",
    deed: ({ actor, subjectId }, { nameOf }) =>
      actor.id === subjectId ? "left the organization" : `removed ${nameOf(subjectId) ?? "a member"} from the organization`,
  },
  "service_token.created": { title: "Service token created", deed: () => "created a service token" },
  "service_token.revoked": { title: "Service token revoked", deed: () => "revoked a service token" },
};

/** Every action with its title, for the filter. */
export const AUDIT_ACTIONS: readonly { readonly action: string; readonly title: string }[] = Object.entries(WORDS)
  .filter(([action]) => !action.startsWith("service_token."))
  .map(([action, { title }]) => ({ action, title }));

/** "Ada Lovelace created an API key “production”." */
export function auditSentence(
  event: AuditEvent,
  { nameOf = () => undefined, planTitle = (plan) => plan, theKey = "an API key" }: Known = {},
): string {
  const words = isKnown(event.action) ? WORDS[event.action] : undefined;
  return `${actorName(event.actor, nameOf)} ${words?.deed(event, { nameOf, planTitle, theKey }) ?? `did ${event.action}`}.`;
}

/** A server that is newer than this page may record more. */
function isKnown(action: string): action is AuditEntry["action"] {
  return Object.hasOwn(WORDS, action);
}

const ACTORS: Readonly<Record<string, (id: string) => string>> = {
  operator: () => "The operator",
  key: (id) => `The API key ${id}`,
  platform: (id) => `${id}, signed in at the platform,`,
  system: (id) => (id === "anonymous" ? "Somebody without a credential" : "Keyward"),
};

function actorName({ kind, id, name }: AuditEvent["actor"], nameOf: Required<Known>["nameOf"]): string {
  const named = name ?? nameOf(id);
  if (named !== undefined) return named;
  return Object.hasOwn(ACTORS, kind) ? (ACTORS[kind]?.(id) ?? id) : "Somebody who is no longer a member";
}

const KEY_FIELDS: Readonly<Record<string, string>> = {
  name: "name",
  expiresAt: "expiry",
  scopes: "scopes",
  resources: "resources",
  domains: "allowed domains",
  limits: "limits",
};

function keyChange({ enabled, ...rest }: AuditEvent["details"], theKey: string): string {
  const changed = Object.keys(rest).map((field) => KEY_FIELDS[field] ?? field);
  const switched = enabled === undefined ? [] : [`${enabled === true ? "enabled" : "disabled"} ${theKey}`];
  const edited =
    changed.length === 0 ? [] : [`changed ${switched.length > 0 ? `its ${listed(changed)}` : `the ${listed(changed)} of ${theKey}`}`];
  return [...switched, ...edited].join(" and ") || `saved ${theKey} without a change`;
}

const ORGANIZATION_FIELDS: Readonly<Record<string, string>> = { name: "name", plan: "plan", overrides: "own limits" };

function organizationChange(details: AuditEvent["details"], planTitle: (plan: string) => string): string {
  const changed = Object.keys(details).map((field) => ORGANIZATION_FIELDS[field] ?? field);
  const to = typeof details.plan === "string" && changed.length === 1 ? ` to ${planTitle(details.plan)}` : "";
  return changed.length === 0 ? "saved the organization without a change" : `changed the ${listed(changed)} of the organization${to}`;
}

function overlap(expiresAt: unknown): string {
  const at = momentOf(expiresAt);
  return at === undefined ? "" : `; the old one works until ${exactTime(at)}`;
}

function fromTo({ from, to }: AuditEvent["details"]): string {
  return typeof from === "string" && typeof to === "string" ? ` from ${from} to ${to}` : "";
}

function quoted(name: unknown): string {
  return typeof name === "string" && name !== "" ? ` “${name}”` : "";
}

/** Whom an invitation is for, if it has a note. */
function noted(note: unknown): string {
  return typeof note === "string" && note !== "" ? note : "somebody";
}

function as(role: unknown): string {
  return typeof role === "string" ? ` as ${role}` : "";
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** From ISO 8601 or milliseconds since the epoch to ISO 8601; undefined for anything else. */
function momentOf(value: unknown): string | undefined {
  const at = typeof value === "number" || typeof value === "string" ? new Date(value) : undefined;
  return at === undefined || Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}

/** All details of an event as name and text. */
export function auditDetails(details: AuditEvent["details"]): readonly { readonly name: string; readonly text: string }[] {
  return Object.entries(details).map(([name, value]) => ({ name, text: detailText(name, value) }));
}

function detailText(name: string, value: unknown): string {
  if (value === null) return "none";
  const at = name.endsWith("At") ? momentOf(value) : undefined;
  if (at !== undefined) return exactTime(at);
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
