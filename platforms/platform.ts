/** A platform with every field set, as the rest of Keyward reads it. `definePlatform` makes one. */
import type { ApiKey } from "../engine/api-key.ts";
import type { ErrorCode, Problem } from "../engine/errors.ts";
import type { IdentityProvider } from "../engine/identity-provider.ts";
import type { KeySystem } from "../engine/key-system.ts";
import type { Dashboard } from "./dashboard.ts";
import type { Schema } from "./schema.ts";

/** Where a request may carry its key. In `authorization` the key follows the scheme; any other header has the key as its whole value. */
export type CredentialPlace =
  | { readonly header: "authorization"; readonly scheme: "Bearer" }
  | { readonly header: Exclude<string, "authorization">; readonly scheme?: never };

type Body = Readonly<Record<string, unknown>>;

/** The documented form of an error. */
export interface ErrorForm {
  readonly contentType: "application/json" | "application/problem+json";
  /** The schema of every error body, for the OpenAPI document. */
  readonly schema: Schema;
  /** Makes the body of an error. `catalogue` returns the status and title of a code (docs/errors.md). */
  body(problem: Problem, catalogue: (code: ErrorCode) => { readonly status: number; readonly title: string }): Body;
}

/** The documented form of a successful response: an object that has the data in `dataMember`, beside members that never change. */
interface Envelope {
  readonly constants: Readonly<Record<string, string | number | boolean>>;
  readonly dataMember: string;
}

/** A member of the JSON body of a request. */
export interface Field {
  readonly type: "string";
  readonly required: boolean;
  /** What it sets: the name of the new key, or the secret itself. */
  readonly sets: "name" | "key";
  readonly description: string;
}

interface RouteBase {
  readonly path: `/${string}`;
  /** One line for the OpenAPI document. */
  readonly summary: string;
  /** Who may call the route: an API key of the organization (`key`), or a member with a JWT (`member`). */
  readonly access: "key" | "member";
}

/** The query parameters of a list with page numbers. The first page is 1. */
export interface Paging {
  readonly pageParameter: string;
  readonly sizeParameter: string;
  readonly defaultSize: number;
  readonly maximumSize: number;
}

/**
 * A key route that the platform documents. `respond` makes the body of its response, and `response` is the schema of that body. The
 * platform's envelope is put around both.
 */
export type PlatformRoute =
  | (RouteBase & {
      readonly operation: "create";
      /** The members of the JSON body, by name. */
      readonly fields: Readonly<Record<string, Field>>;
      readonly response: Schema;
      /** `key` is the full secret. No other response may contain it. */
      respond(apiKey: ApiKey, key: string): Body;
    })
  /** Creates an unclaimed key without any credential. Limited for each client address. */
  | (Omit<RouteBase, "access"> & {
      readonly operation: "create";
      readonly access: "anonymous";
      readonly perAddress: { readonly requestsPerMinute: number; readonly requestsPerDay: number };
      readonly fields: Readonly<Record<string, Field>>;
      readonly response: Schema;
      respond(apiKey: ApiKey, key: string): Body;
    })
  /** Lists active keys: all of them, oldest first; with `paging` one page, newest first. */
  | (RouteBase & {
      readonly operation: "list";
      readonly paging: Paging | null;
      readonly response: Schema;
      respond(active: readonly ApiKey[], page: { total: number; hasMore: boolean }): Body;
    })
  /** Returns one key. The path ends with `/{id}`. */
  | (RouteBase & { readonly operation: "get"; readonly response: Schema; respond(apiKey: ApiKey): Body })
  /** Revokes a key. The path ends with `/{id}`. `refusedSelf` is the sentence for a key that tries to revoke itself; null if it may. */
  | (RouteBase & { readonly operation: "revoke"; readonly refusedSelf: string | null });

/** What a request to the platform's own API needs before the gateway passes it on. */
export interface OperationRule {
  readonly method: string;
  /** Parameters are in braces. A part in brackets at the start is optional: `[/v1]/agents/{address}/keys` stands for two paths. */
  readonly path: `/${string}` | `[/${string}]/${string}`;
  /** A key with this scope, or "agent" for an agent's session token instead of a key. */
  readonly needs: { readonly scope: string } | "agent";
  /** The path parameter with the resource. A key that is restricted to resources passes only for these, and on no route without this parameter. */
  readonly resource?: string;
}

export interface Platform extends KeySystem {
  /** The name as people write it. */
  readonly title: string;
  readonly credentials: readonly [CredentialPlace, ...CredentialPlace[]];
  readonly errorForm: ErrorForm;
  /** Null if a successful response is the data itself. */
  readonly envelope: Envelope | null;
  readonly routes: readonly PlatformRoute[];
  /** The operations of the platform's own API; the gateway refuses all others. Null if it passes on every request with a valid key. */
  readonly operations: readonly OperationRule[] | null;
  /** Whether a person's first sign-in creates an organization with a first key. */
  readonly firstKeyAtSignIn: boolean;
  readonly dashboard: Dashboard;
  /** The platform's own sign-in: the management API accepts its JWTs. */
  readonly identity?: IdentityProvider | undefined;
}
