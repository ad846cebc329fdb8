/** What a committed change of the store means for what memory holds, on this node and on every other. */

export type StateChangeKind = "key" | "organization" | "credential" | "service_token" | "everything";

/**
 * A small record without secrets: the change feed carries it to other nodes. `subject` depends on the kind:
 * - `key`: the id of a key whose record was changed;
 * - `organization`: the id of an organization all of whose keys are affected, because its limits were changed, or because it is not known
 *   which of its keys were;
 * - `credential`: what the store finds a credential by, its digest or the public key of a pair. It was created or its key was claimed, and
 *   it may have been presented before and be remembered as unknown;
 * - `service_token`: the id of a service token that was revoked;
 * - `everything`: empty. A node does not know what it missed. Never in the change feed.
 */
export interface StateChange {
  readonly kind: StateChangeKind;
  readonly subject: string;
}

export const keyChanged = (id: string): StateChange => ({ kind: "key", subject: id });
export const organizationChanged = (id: string): StateChange => ({ kind: "organization", subject: id });
export const credentialIssued = (lookup: string): StateChange => ({ kind: "credential", subject: lookup });
export const ANYTHING_CHANGED: StateChange = Object.freeze({ kind: "everything", subject: "" });
export const serviceTokenRevoked = (id: string): StateChange => ({ kind: "service_token", subject: id });
