/** A platform as the rest of Keyward reads it: every field there, nothing left to guess. `definePlatform` makes one. */
import type { ApiKey } from "../engine/api-key.ts";
import type { ErrorCode, Problem } from "../engine/errors.ts";
import type { IdentityProvider } from "../engine/identity-provider.ts";
import type { KeySystem } from "../engine/key-system.ts";
import type { Dashboard } from "./dashboard.ts";
import type { Schema } from "./schema.ts";

/** Where a request may carry its key. In `authorization` the key follows the scheme; any other header holds the key alone. */
export type CredentialPlace =
  | { readonly header: "authorization"; readonly scheme: "Bearer" }
  | { readonly header: Exclude<string, "authorization">; readonly scheme?: never };

type Body = Readonly<Record<string, unknown>>;

/** The documented form of an error. */
export interface ErrorForm {
  readonly contentType: "application/json" | "application/problem+json";
  /** What every body matches, for the OpenAPI document. */
  readonly schema: Schema;
  /** The body of one error. `catalogue` gives status and title of a code (docs/errors.md). */
  body(problem: Problem, catalogue: (code: ErrorCode) => { readonly status: number; readonly title: string }): Body;
}

/** The documented form of a success: an object whose member `dataMember` holds the data, beside constant members. */
interface Envelope {
  readonly constants: Readonly<Record<string, string | number | boolean>>;
  readonly dataMember: string;
}

/** A member of the JSON body that a route takes. */
export interface Field {
  readonly type: "string";
  readonly required: boolean;
  /** The setting of the new key that it sets: its name, or the secret itself. */
  readonly sets: "name" | "key";
  readonly description: string;
}

interface RouteBase {
  readonly path: `/${string}`;
  /** One line for the OpenAPI document. */
  readonly summary: string;
  /** Who may call: an API key of the organization, or a member with a JWT. */
  readonly access: "key" | "member";
}

/** Query parameters of a list, counted from page 1. */
export interface Paging {
  readonly pageParameter: string;
  readonly sizeParameter: string;
  readonly defaultSize: number;
  readonly maximumSize: number;
}

/**
 * A key route that the platform documents. `answer` makes the body of its response, and `response` is the schema of that body; the
 * platform's envelope goes around both.
 */
export type PlatformRoute =
  | (RouteBase & {
      readonly operation: "create";
      /** By their names in the JSON body. */
      readonly fields: Readonly<Record<string, Field>>;
      readonly response: Schema;
      /** `key` is the full secret: this response is the only one that may hold it. */
      answer(apiKey: ApiKey, key: string): Body;
    })
  /** Creates an unclaimed key without any credential; limited for each client address. */
  | (Omit<RouteBase, "access"> & {
      readonly operation: "create";
      readonly access: "anonymous";
      readonly perAddress: { readonly requestsPerMinute: number; readonly requestsPerDay: number };
      readonly fields: Readonly<Record<string, Field>>;
      readonly response: Schema;
      answer(apiKey: ApiKey, key: string): Body;
    })
  /** Active keys: all of them, oldest first; or with `paging` one page, newest first. */
  | (RouteBase & {
      readonly operation: "list";
      readonly paging: Paging | null;
      readonly response: Schema;
      answer(active: readonly ApiKey[], page: { total: number; hasMore: boolean }): Body;
    })
  /** The path ends with `/{id}`. */
  | (RouteBase & { readonly operation: "get"; readonly response: Schema; answer(apiKey: ApiKey): Body })
  /** The path ends with `/{id}`. `refusedSelf`: the sentence for a key that tries to revoke itself; null where it may. */
  | (RouteBase & { readonly operation: "revoke"; readonly refusedSelf: string | null });

/** What a request of the platform's own API needs before the gateway passes it on. */
export interface OperationRule {
  readonly method: string;
  /** With parameters in braces, and perhaps an optional part in brackets first: `[/v1]/agents/{address}/keys` is two paths. */
  readonly path: `/${string}` | `[/${string}]/${string}`;
  /** A key with this scope; or, for "agent", an agent's session token and no key. */
  readonly needs: { readonly scope: string } | "agent";
  /** The parameter that names the resource. A key restricted to resources passes only for one of them, and on no route without one. */
  readonly resource?: string;
}

export interface Platform extends KeySystem {
  /** As people write it. */
  readonly title: string;
  readonly credentials: readonly [CredentialPlace, ...CredentialPlace[]];
  readonly errorForm: ErrorForm;
  /** Null where a success is the data itself. */
  readonly envelope: Envelope | null;
  readonly routes: readonly PlatformRoute[];
  /** The platform's own API, route by route: the gateway passes nothing else. Null: it passes every request with a valid key. */
  readonly operations: readonly OperationRule[] | null;
  /** Whether a person's first sign-in makes a first key, together with the organization. */
  readonly firstKeyAtSignIn: boolean;
  readonly dashboard: Dashboard;
  /** The platform's own sign-in: the management API accepts its JWTs. */
  readonly identity?: IdentityProvider | undefined;
}
