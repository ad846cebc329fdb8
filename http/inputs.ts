/**
 * Schemas of inputs that several routes take. The service checks the bounds and refuses in its own words; the schemas state the same bounds,
 * from the same constants, in the OpenAPI document.
 */
import { z } from "@hono/zod-openapi";
import { DOMAINS_MAXIMUM } from "../engine/domain.ts";
import { type DurationRange, durationPattern } from "../engine/duration.ts";
import type { KeySystem } from "../engine/key-system.ts";
import { LARGEST_LIMIT } from "../engine/limits.ts";
import { NAME_MAX_CHARACTERS } from "../engine/name.ts";
import { RESOURCE, RESOURCES_MAXIMUM } from "../engine/resources.ts";
import { SCOPE, SCOPES_MAXIMUM } from "../engine/scopes.ts";
import { DATE_TIME } from "../engine/timestamp.ts";

/** Letters, marks, digits, punctuation, symbols, spaces and joiners, and among them one that can be seen: see engine/name.ts. */
const NAME_PATTERN =
  "^[\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}\\p{Zs}\\u200c\\u200d]*[\\p{L}\\p{N}\\p{P}\\p{S}][\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}\\p{Zs}\\u200c\\u200d]*$";

export function nameInput(description = `At most ${NAME_MAX_CHARACTERS} characters, none of them invisible.`) {
  return z.string().openapi({ minLength: 1, maxLength: NAME_MAX_CHARACTERS, pattern: NAME_PATTERN, description });
}

/** `60`, or null for no limit. */
export const limitInput = z
  .number()
  .nullable()
  .openapi({
    type: ["integer", "null"],
    minimum: 1,
    maximum: LARGEST_LIMIT,
    example: 60,
    description: "A whole number of at least 1, or null for no limit.",
  });

export function scopesInput({ scopes }: Pick<KeySystem, "scopes">) {
  const scope = z.string().openapi(scopes === null ? { maxLength: 64, pattern: SCOPE.source } : { enum: [...scopes] });
  return z.array(scope).openapi({ maxItems: SCOPES_MAXIMUM, example: [scopes?.[0] ?? "agents:read"], description: "What the key may do." });
}

export const resourcesInput = z
  .array(z.string().openapi({ minLength: 1, maxLength: 128, pattern: RESOURCE.source }))
  .nullable()
  .openapi({ minItems: 1, maxItems: RESOURCES_MAXIMUM, description: "What the key is restricted to; null for no restriction." });

const LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
/** The stored form, which every client can check. Capitals and names in other scripts are accepted too, and converted to it. */
const DOMAIN_PATTERN = `^((\\*\\.)?(${LABEL}\\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?|localhost)$`;

export function domainsInput({ keyForm }: Pick<KeySystem, "keyForm">) {
  return z.array(z.string().openapi({ maxLength: 253, pattern: DOMAIN_PATTERN })).openapi({
    maxItems: DOMAINS_MAXIMUM,
    description:
      "For key pairs alone: from which websites the public key may be used without its secret. Names in other scripts are converted.",
    example: ["*.example.com"],
    // If keys are not pairs, no value is valid.
    ...(keyForm.kind !== "pair" && { not: {} }),
  });
}

/** A duration such as `15m`; the pattern matches exactly the durations in the range. */
export function durationInput(range: DurationRange, example: string, description: string) {
  return z.string().openapi({ pattern: durationPattern(range), example, description });
}

export function timeInput(description: string) {
  return z.string().openapi({ format: "date-time", pattern: DATE_TIME.source, description });
}

/** A whole number in a query, where every value is text. */
export function wholeNumberInput(minimum: number, maximum: number, description: string) {
  return z.coerce.number().int().openapi({ type: "integer", minimum, maximum, description });
}

/** A whole number of a response. */
export const wholeNumber = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

/** A point in time of a response: ISO 8601 in UTC. */
export const time = z.string().openapi({ format: "date-time", example: "2026-11-20T18:00:00.000Z" });
