/** The description of a platform: a platform is data, and small pure functions that give its answers their documented form. */
import type { ApiKey } from "../engine/api-key.ts";
import type { ErrorCode, Problem } from "../engine/errors.ts";
import { type IdentityProvider, identityFault } from "../engine/identity-provider.ts";
import type { KeySystem } from "../engine/key-system.ts";

/** Where a credential may stand in a request. A value in `authorization` follows its scheme. */
export type CredentialPlace =
  | { readonly header: "authorization"; readonly scheme: "Bearer" }
  | { readonly header: Exclude<string, "authorization">; readonly scheme?: never };

export interface ErrorBody {
  readonly contentType: "application/json" | "application/problem+json";
  readonly body: Readonly<Record<string, unknown>>;
}

/** An input that a route takes in its JSON body. */
export interface Field {
  readonly type: "string";
  readonly required: boolean;
  /** Which setting of the new key it is. */
  readonly sets: "name";
  readonly description: string;
}

interface RouteBase {
  readonly path: `/${string}`;
  readonly summary: string;
}

/** What a key may do with the keys of its own organization, where the platform documents such routes. */
export type PlatformRoute =
  | (RouteBase & {
      readonly operation: "create";
      readonly fields: Readonly<Record<string, Field>>;
      answer(apiKey: ApiKey, key: string): Readonly<Record<string, unknown>>;
    })
  | (RouteBase & { readonly operation: "list"; answer(active: readonly ApiKey[]): Readonly<Record<string, unknown>> })
  /** The path has `{id}`. The key that authenticates the request cannot revoke itself: `refusedSelf` is the sentence that says so. */
  | (RouteBase & { readonly operation: "revoke"; readonly refusedSelf: string });

export interface Platform extends KeySystem {
  /** As people write it. */
  readonly title: string;
  readonly credentials: readonly [CredentialPlace, ...CredentialPlace[]];
  /** The documented form of an error. */
  errorBody(problem: Problem, catalogue: (code: ErrorCode) => { readonly status: number; readonly title: string }): ErrorBody;
  /** The documented form around a success. */
  envelope(data: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>;
  readonly routes: readonly PlatformRoute[];
  /** Where the platform signs its people in itself: its JWTs are accepted by the management API. */
  readonly identity?: IdentityProvider | undefined;
}

/** Checks a description once, and freezes it. @throws RangeError with the contradiction. */
export function definePlatform(platform: Platform): Platform {
  const { environments, keyFormat, plans, defaultPlan, credentials, routes } = platform;
  for (const environment of environments) {
    if (keyFormat.prefixes[environment] === undefined)
      throw new RangeError(`${platform.name}: the environment ${environment} has no key prefix`);
  }
  if (!Object.hasOwn(plans, defaultPlan)) throw new RangeError(`${platform.name}: the default plan ${defaultPlan} is not among its plans`);
  for (const { header } of credentials) {
    if (header !== header.toLowerCase()) throw new RangeError(`${platform.name}: write the header ${header} in lower case`);
  }
  for (const { path, operation } of routes) {
    if (path.startsWith("/keyward/")) throw new RangeError(`${platform.name}: ${path} is Keyward's own`);
    if (operation === "revoke" && !path.endsWith("/{id}")) throw new RangeError(`${platform.name}: ${path} must end with /{id}`);
  }
  const fault = platform.identity && identityFault(platform.identity);
  if (fault !== undefined) throw new RangeError(`${platform.name}: ${fault}`);
  return Object.freeze(platform);
}
