/** The description of a platform: a platform is data, and small pure functions that give its answers their documented form. */
import type { ApiKey } from "../engine/api-key.ts";
import type { ErrorCode, Problem } from "../engine/errors.ts";
import { type IdentityProvider, identityFault } from "../engine/identity-provider.ts";
import type { KeySystem } from "../engine/key-system.ts";
import { type Dashboard, dashboardFaults } from "./dashboard.ts";
import type { Schema } from "./schema.ts";

/** Where a credential may stand in a request. A value in `authorization` follows its scheme. */
export type CredentialPlace =
  | { readonly header: "authorization"; readonly scheme: "Bearer" }
  | { readonly header: Exclude<string, "authorization">; readonly scheme?: never };

type Body = Readonly<Record<string, unknown>>;

/** The documented form of an error. */
export interface ErrorForm {
  readonly contentType: "application/json" | "application/problem+json";
  /** What every body is. */
  readonly schema: Schema;
  body(problem: Problem, catalogue: (code: ErrorCode) => { readonly status: number; readonly title: string }): Body;
}

/** The documented form of a success: an object with constant members, and one that holds the data. */
export interface Envelope {
  readonly constants: Readonly<Record<string, string | number | boolean>>;
  readonly dataMember: string;
}

/** An input that a route takes in its JSON body. */
export interface Field {
  readonly type: "string";
  readonly required: boolean;
  /** Which setting of the new key it is. */
  readonly sets: "name" | "key";
  readonly description: string;
}

interface RouteBase {
  readonly path: `/${string}`;
  readonly summary: string;
  /** Who may call: a key of the organization, or a person of it with a JWT. */
  readonly access: "key" | "member";
}

export interface Paging {
  readonly pageParameter: string;
  readonly sizeParameter: string;
  readonly defaultSize: number;
  readonly maximumSize: number;
}

/** The key routes that a platform documents. `response` is the schema of what `answer` gives; the platform's envelope goes around both. */
export type PlatformRoute =
  | (RouteBase & {
      readonly operation: "create";
      readonly fields: Readonly<Record<string, Field>>;
      readonly response: Schema;
      answer(apiKey: ApiKey, key: string): Body;
    })
  /** Makes a key without any credential; limited for each client address. */
  | (Omit<RouteBase, "access"> & {
      readonly operation: "create";
      readonly access: "anonymous";
      readonly perAddress: { readonly requestsPerMinute: number; readonly requestsPerDay: number };
      readonly fields: Readonly<Record<string, Field>>;
      readonly response: Schema;
      answer(apiKey: ApiKey, key: string): Body;
    })
  /** All active keys, oldest first; or a page of them, newest first. */
  | (RouteBase & {
      readonly operation: "list";
      readonly paging: Paging | null;
      readonly response: Schema;
      answer(active: readonly ApiKey[], page: { total: number; hasMore: boolean }): Body;
    })
  /** The path has `{id}`. */
  | (RouteBase & { readonly operation: "get"; readonly response: Schema; answer(apiKey: ApiKey): Body })
  /** The path has `{id}`. A key that authenticates the request cannot revoke itself: `refusedSelf` is the sentence that says so. */
  | (RouteBase & { readonly operation: "revoke"; readonly refusedSelf: string | null });

/** What the gateway asks for before a request of the platform's own API may pass. */
export interface OperationRule {
  readonly method: string;
  /** With parameters in braces, and at its beginning an optional part in brackets: `[/v1]/agents/{address}/keys` is two paths. */
  readonly path: `/${string}` | `[/${string}]/${string}`;
  /** A key with this scope may pass; or, for "agent", an agent's session token and no key. */
  readonly needs: { readonly scope: string } | "agent";
  /** The parameter that names what the request is about; a key that is restricted to others may not pass, nor where there is none. */
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
  /** The platform's own API, route by route: the gateway passes nothing else. Null: it passes everything to every valid key. */
  readonly operations: readonly OperationRule[] | null;
  /** Whoever signs in for the first time gets a first key together with the organization. */
  readonly firstKeyAtSignIn: boolean;
  /** What its page of API keys shows and does. */
  readonly dashboard: Dashboard;
  /** Where the platform signs its people in itself: its JWTs are accepted by the management API. */
  readonly identity?: IdentityProvider | undefined;
}

/** Checks a description once, and freezes it. @throws RangeError with the contradiction. */
export function definePlatform(platform: Platform): Platform {
  const contradiction = contradictions(platform).next().value;
  if (contradiction !== undefined) throw new RangeError(`platform ${platform.name}: ${contradiction}`);
  return Object.freeze(platform);
}

function* contradictions(platform: Platform): Generator<string, undefined> {
  yield* inKeys(platform);
  yield* inForms(platform);
  yield* inRoutes(platform);
  yield* inOperations(platform);
  yield* inIdentity(platform);
  yield* dashboardFaults(platform.dashboard, platform);
  return undefined;
}

function* inKeys({ environments, keyForm, plans, defaultPlan, unclaimedPlan }: Platform): Generator<string> {
  const formats = keyForm.kind === "pair" ? [keyForm.publicKey, keyForm.secretKey] : [keyForm.format];
  for (const environment of environments) {
    if (formats.some(({ prefixes }) => prefixes[environment] === undefined)) yield `the environment ${environment} has no key prefix`;
  }
  for (const plan of [defaultPlan, unclaimedPlan ?? defaultPlan]) {
    if (!Object.hasOwn(plans, plan)) yield `the plan ${plan} is not among its plans`;
  }
}

/** What a description without types may leave out. */
function* inForms({ errorForm, routes }: Platform): Generator<string> {
  if (errorForm?.schema === undefined) yield "it needs an errorForm with the schema of its errors";
  for (const route of routes) {
    if (route.operation !== "revoke" && route.response === undefined) yield `${route.path} needs a response: the schema of what it answers`;
  }
}

function* inRoutes({ credentials, routes, unclaimedPlan }: Platform): Generator<string> {
  for (const { header } of credentials) if (header !== header.toLowerCase()) yield `write the header ${header} in lower case`;
  for (const { path, operation, access } of routes) {
    const takesId = operation === "get" || operation === "revoke";
    if (path.startsWith("/keyward/")) yield `${path} is Keyward's own`;
    if (takesId && !path.endsWith("/{id}")) yield `${path} must end with /{id}`;
    if (access === "anonymous" && unclaimedPlan === null) yield `${path} makes unclaimed keys, which need a plan`;
  }
}

function* inOperations({ scopes, operations }: Platform): Generator<string> {
  for (const { path, needs, resource } of operations ?? []) {
    if (needs !== "agent" && scopes?.includes(needs.scope) !== true)
      yield `${path} needs the scope ${needs.scope}, which is not among its scopes`;
    if (!/^(\[(\/[^/[\]]+)+\])?\/[^[\]]*$/.test(path)) yield `${path} may have one part in brackets, at its beginning`;
    if (resource !== undefined && !path.includes(`{${resource}}`)) yield `${path} has no parameter ${resource}`;
  }
}

function* inIdentity({ identity }: Platform): Generator<string> {
  const fault = identity && identityFault(identity);
  if (fault !== undefined) yield fault;
}
