/**
 * The changes that the audit log records, each with the kind of thing that was changed. The types of the stores, the filters, the API's
 * schema and the dashboard's words come from this table. An action is never reused for another meaning.
 */
export const AUDIT_ACTIONS = {
  "key.created": { subject: "key" },
  "key.claimed": { subject: "key" },
  "key.updated": { subject: "key" },
  "key.rotated": { subject: "key" },
  /** Ended early: the key that replaced it was rotated too. */
  "key.ended": { subject: "key" },
  "key.revoked": { subject: "key" },
  "key.shown": { subject: "key" },
  "organization.created": { subject: "organization" },
  "organization.updated": { subject: "organization" },
  "invitation.created": { subject: "invitation" },
  "invitation.revoked": { subject: "invitation" },
  "member.joined": { subject: "member" },
  "member.updated": { subject: "member" },
  "member.removed": { subject: "member" },
  "service_token.created": { subject: "service_token" },
  "service_token.revoked": { subject: "service_token" },
} as const satisfies Record<string, { subject: "key" | "organization" | "invitation" | "member" | "service_token" }>;

export type AuditAction = keyof typeof AUDIT_ACTIONS;
/** The kind of thing that a change concerns, as the change feed names it. */
export type AuditSubject = (typeof AUDIT_ACTIONS)[AuditAction]["subject"];
export const AUDIT_ACTION_NAMES = Object.keys(AUDIT_ACTIONS) as [AuditAction, ...AuditAction[]];
