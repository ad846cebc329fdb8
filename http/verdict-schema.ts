/** Verdicts, and what a request may need, as the routes that judge a credential take and return them. */
import { z } from "@hono/zod-openapi";
import { REFUSALS } from "../engine/judge.ts";
import { LIMIT_NAMES } from "../engine/limit-fields.ts";
import { wholeNumber } from "./inputs.ts";

const SCOPES_MAXIMUM = 64;

export const originInput = z.string().optional().openapi({ description: "The Origin header of the request." });
export const neededScopesInput = z
  .array(z.string())
  .max(SCOPES_MAXIMUM)
  .optional()
  .openapi({ description: "Scopes that the key must have, all of them." });

export const rateLimitSchema = z.object({
  name: z.enum(LIMIT_NAMES),
  limit: wholeNumber,
  remaining: wholeNumber,
  resetSeconds: wholeNumber,
  windowSeconds: wholeNumber,
});

export const verdictSchema = z.object({ valid: z.boolean(), code: z.enum(["valid", ...REFUSALS]) });
