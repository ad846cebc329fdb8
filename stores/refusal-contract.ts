/** The part of the store contract that concerns refused requests (docs/decisions/0034). Import it from `contract.ts`. */
import type { RefusalFacts, RefusalReason, RefusingSurface } from "../engine/refused-request.ts";

/** One refused request. Its texts are short, and hold no secret. */
export interface RefusedRequest {
  readonly id: string;
  readonly at: number;
  /** Null for a credential that nobody has. */
  readonly keyId: string | null;
  /** Whose the key was; null also for a key that nobody had claimed. */
  readonly organizationId: string | null;
  readonly requestId: string;
  readonly surface: RefusingSurface;
  /** Null where the surface does not learn them. */
  readonly method: string | null;
  /** Without its query. */
  readonly path: string | null;
  /** Of the client. */
  readonly address: string | null;
  readonly reason: RefusalReason;
  readonly facts: RefusalFacts;
  /** How many further refusals of the same key followed at once, and were not kept. */
  readonly more: number;
}

/** How many refusals are kept at most. */
export interface RefusalBounds {
  readonly perKey: number;
  /** Also of all that belong to no organization, together. */
  readonly perOrganization: number;
}

interface Page {
  /** Refusals at this time or later. */
  readonly since: number;
  /** Only ids smaller than this one. */
  readonly before?: string | undefined;
  readonly limit: number;
}

export interface RefusalStore {
  /** Adds refusals, in any order, and drops the oldest of each key and organization that now has too many. One that is there already stays as it is. */
  recordRefusals(refusals: readonly RefusedRequest[], bounds: RefusalBounds): Promise<void>;
  /** Newest first. With null, those that belong to no organization. */
  listRefusals(organizationId: string | null, page: Page): Promise<readonly RefusedRequest[]>;
  /** Newest first, also those from before the key was claimed. Whose the key is, is not looked at. */
  listRefusalsOfKey(keyId: string, page: Page): Promise<readonly RefusedRequest[]>;
  /** Those with this request id, newest first: of these organizations, or of all and of none when undefined. */
  findRefusals(requestId: string, organizationIds: readonly string[] | undefined, page: Page): Promise<readonly RefusedRequest[]>;
}
