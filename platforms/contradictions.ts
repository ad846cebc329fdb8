/** Finds contradictions in the description of a platform, each as a sentence. */
import { identityFault } from "../engine/identity-provider.ts";
import { dashboardFaults } from "./dashboard.ts";
import type { Platform } from "./platform.ts";

const RANDOM_BITS = 128;

/** Yields nothing for a platform that can be served. */
export function* contradictions(platform: Platform): Generator<string, undefined> {
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
  if (environments.length === 0) yield "its keys need a prefix for live or for test";
  for (const environment of environments) {
    if (formats.some(({ prefixes }) => prefixes[environment] === undefined)) yield `the environment ${environment} has no key prefix`;
  }
  for (const { alphabet, randomLength } of formats) {
    const least = Math.ceil(RANDOM_BITS / Math.log2(alphabet.length));
    if (!(randomLength >= least)) yield `randomLength must be at least ${least}: fewer characters can be guessed`;
  }
  if (Object.keys(plans).length === 0) yield "it needs at least one plan";
  for (const plan of [defaultPlan, unclaimedPlan ?? defaultPlan]) {
    if (!Object.hasOwn(plans, plan)) yield `the plan ${plan} is not among its plans`;
  }
}

/** What a description in JavaScript, without types, may lack. */
function* inForms({ errorForm, routes }: Platform): Generator<string> {
  if (errorForm.schema === undefined) yield "its errorForm needs the schema of its errors";
  for (const route of routes) {
    if (route.operation !== "revoke" && route.response === undefined) yield `${route.path} needs a response: the schema of its body`;
  }
}

function* inRoutes({ credentials, routes, unclaimedPlan }: Platform): Generator<string> {
  for (const { header } of credentials) if (header !== header.toLowerCase()) yield `write the header ${header} in lower case`;
  for (const { path, operation, access } of routes) {
    const takesId = operation === "get" || operation === "revoke";
    if (path.startsWith("/keyward/")) yield `${path} is Keyward's own`;
    if (takesId && !path.endsWith("/{id}")) yield `${path} must end with /{id}`;
    if (access === "anonymous" && unclaimedPlan === null) yield `${path} creates unclaimed keys, which need an unclaimedPlan`;
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
