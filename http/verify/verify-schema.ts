/** `POST /keyward/v1/verify`: what it takes and returns, as the OpenAPI document has it. */
import { z } from "@hono/zod-openapi";
import { REFUSALS } from "../../engine/judge.ts";
import { UNJUDGED_REASONS } from "../../engine/refused-request.ts";
import { wholeNumber } from "../inputs.ts";
import { neededScopesInput, originInput, rateLimitSchema, verdictSchema } from "../verdict-schema.ts";

const headersByName = z.record(z.string(), z.string());

/** Node accepts no more than fit into 16 KB. */
const HEADER_LINES_MAXIMUM = 1_000;

const without = (...names: readonly string[]) => ({ not: { anyOf: names.map((name) => ({ required: [name] })) } });

export const verifyBody = z
  .strictObject({
    key: z.string().optional().openapi({ description: "The presented key." }),
    authorization: z
      .string()
      .optional()
      .openapi({ description: "In place of key: the value of the Authorization header, unchanged.", example: "Bearer kw_live_..." }),
    headers: z
      .array(z.string())
      .max(HEADER_LINES_MAXIMUM * 2)
      .optional()
      .openapi({
        description:
          "In place of key: the header lines of the request, names and values in turn, each as it came; the origin is read from them. The response then says what to send back: the headers of an admitted request, or the whole refusal in the platform's form.",
        example: ["X-Api-Key", "kw_live_...", "Origin", "https://example.com"],
      }),
    address: z.string().optional().openapi({
      description:
        "With headers, without effect otherwise: the address of the connection that the request came over. Wrong credentials are counted by it.",
    }),
    holds: z.boolean().optional().openapi({
      description:
        "With headers, without effect otherwise: whether the request counts as concurrent while it is under way. If it is admitted and its key has a limit of concurrent requests, this response stays open after its JSON and a line break, without a Content-Length; the request is over when you close the connection.",
    }),
    origin: originInput,
    resource: z
      .string()
      .optional()
      .openapi({ description: "The resource that the request is about, for keys that are restricted to some: the address of an agent." }),
    ip: z
      .unknown()
      .refine(() => false, "must not be sent: IP lists are not supported yet")
      .optional()
      .openapi({
        not: {},
        description: "Not supported yet: no list of IP addresses is checked, so a request that asks for it is refused.",
      }),
    scopes: neededScopesInput,
  })
  .openapi("VerifyRequest", {
    oneOf: [
      { required: ["key"], ...without("authorization", "headers", "address") },
      { required: ["authorization"], ...without("key", "headers", "address") },
      { required: ["headers"], ...without("key", "authorization", "origin") },
    ],
  });

export const verifyResponse = z
  .object({
    ...verdictSchema.shape,
    code: z.enum(["valid", ...REFUSALS, ...UNJUDGED_REASONS]),
    keyId: z.string().nullable(),
    organizationId: z.string().nullable(),
    environment: z.enum(["live", "test"]).nullable(),
    scopes: z.array(z.string()),
    resources: z
      .array(z.string())
      .nullable()
      .openapi({ description: "The resources that the key is restricted to: compare them yourself, or send resource." }),
    rateLimits: z
      .array(rateLimitSchema)
      .openapi({ description: "The current state of the limits; empty for a key that has none, or is revoked or disabled." }),
    retryAfterSeconds: wholeNumber
      .optional()
      .openapi({ description: "With rate_limited: the same request passes after this number of seconds." }),
    expiresAt: z.iso.datetime().nullable().optional().openapi({ description: "With headers: when the key expires; null for never." }),
    responseHeaders: headersByName.optional().openapi({
      description: "With headers, if valid: the headers that the response to the request must carry. Names are in lower case.",
    }),
    refusal: z
      .object({ status: wholeNumber, headers: headersByName, body: z.string().optional() })
      .optional()
      .openapi({ description: "With headers, if not valid: the response to send, in the platform's form." }),
  })
  .openapi("VerifyResponse");
