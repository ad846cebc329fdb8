/** What every adapter does when a route is declared: checks the configuration, and makes the question that is asked for each request. */
import type { AdmissionPort, Client, Decision } from "../admission/port.ts";

/** What a route needs besides a valid key. `Request` is the framework's own. */
export interface ProtectOptions<Request> {
  /** Scopes that the key must have, all of them. */
  readonly scopes?: readonly string[] | undefined;
  /** What the request is about, for keys that are restricted to some resources: a text, or how to read it from the request. */
  readonly resource?: string | ((request: Request) => string) | undefined;
}

/** Asks about one request: as header lines, and as the framework has it. */
type AskRoute<Request> = (client: Client, request: Request) => Decision | Promise<Decision>;

const OPTIONS = ["scopes", "resource"];

/** @throws TypeError, RangeError with one sentence that says what is wrong with the port or the options */
export function openRoute<Request>(port: AdmissionPort, options: ProtectOptions<Request>): AskRoute<Request> {
  if (port instanceof Promise)
    throw new TypeError("protect needs an open Keyward, and was given a promise of one; write `await keyward(...)`");
  if (typeof port?.admit !== "function")
    throw new TypeError("protect needs a Keyward as its first argument: `await keyward(...)` or `keywardAt(...)`");
  const { scopes, resource } = options;
  const unknown = Object.keys(options).find((name) => !OPTIONS.includes(name));
  if (unknown !== undefined) throw new TypeError(`protect has no option ${unknown}; it has ${OPTIONS.join(" and ")}`);
  if (scopes !== undefined && !isListOfTexts(scopes)) throw new TypeError('scopes must be a list of texts, such as ["agents:read"]');
  if (!["undefined", "string", "function"].includes(typeof resource))
    throw new TypeError("resource must be a text, or a function of the request");
  const need = Object.freeze({ scopes: scopes && Object.freeze([...scopes]), ...(typeof resource === "string" && { resource }) });
  port.checkNeed(need);
  if (typeof resource !== "function") return (client) => port.admit(client, need);
  return (client, request) => port.admit(client, { ...need, resource: textOf(resource(request)) });
}

/** The client with the id that the framework itself has for the request, so that a refusal has the same; where there is none, as it is. */
export function withRequestId(client: Client, id: unknown): Client {
  if (typeof id !== "string" && typeof id !== "number") return client;
  const { rawHeaders, socket, method, url, originalUrl } = client;
  return { rawHeaders, socket, method, url, originalUrl, requestId: String(id) };
}

function isListOfTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((text) => typeof text === "string");
}

/** Without a resource, keys that are restricted to others would be admitted. */
function textOf(resource: unknown): string {
  if (typeof resource === "string") return resource;
  throw new TypeError("the function `resource` of a protected route must return a text");
}
