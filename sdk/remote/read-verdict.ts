/** Reads the response of verify. Whatever is not exactly a verdict is none: a proxy or another server may stand in Keyward's place. */
import type { Decision, KeyIdentity, PlainResponse } from "../../admission/port.ts";

type Json = Readonly<Record<string, unknown>>;

/** Undefined for a text that is no verdict on header lines. */
export function readVerdict(text: string): Decision | undefined {
  const verdict = asObject(parse(text));
  if (verdict?.valid === true) return readAdmission(verdict);
  const refusal = verdict?.valid === false ? readRefusal(asObject(verdict.refusal)) : undefined;
  return refusal === undefined ? undefined : { refusal };
}

function readAdmission({ keyId, organizationId, environment, scopes, resources, expiresAt, responseHeaders }: Json): Decision | undefined {
  if (typeof keyId !== "string" || !isTextOrNull(organizationId) || !isTextOrNull(expiresAt)) return undefined;
  if (environment !== "live" && environment !== "test") return undefined;
  if (!isListOfTexts(scopes) || !(resources === null || isListOfTexts(resources)) || !isHeaders(responseHeaders)) return undefined;
  const apiKey: KeyIdentity = {
    keyId,
    organizationId,
    environment,
    scopes: Object.freeze(scopes),
    resources: resources && Object.freeze(resources),
    expiresAt,
  };
  return { apiKey: Object.freeze(apiKey), headers: responseHeaders, release: undefined };
}

function readRefusal(refusal: Json | undefined): PlainResponse | undefined {
  const { status, headers, body } = refusal ?? {};
  if (typeof status !== "number" || !Number.isInteger(status) || status < 400 || status > 599) return undefined;
  if (!isHeaders(headers) || !(body === undefined || typeof body === "string")) return undefined;
  return { status, headers, body };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function asObject(value: unknown): Json | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === "string";
}

function isListOfTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((text) => typeof text === "string");
}

function isHeaders(value: unknown): value is Readonly<Record<string, string>> {
  return asObject(value) !== undefined && Object.values(value as Json).every((text) => typeof text === "string");
}
