/** The state of the master secret while it is replaced, for the operator. */
import { z } from "@hono/zod-openapi";
import { json } from "../../admission/response.ts";
import { ok } from "../../engine/errors.ts";
import { formatTimestamp } from "../../engine/timestamp.ts";
import type { Application } from "../application.ts";
import type { HttpContext } from "../context.ts";
import { time, wholeNumber } from "../inputs.ts";
import { addRoute } from "../route.ts";

const leftSchema = z
  .object({
    keys: wholeNumber.openapi({ description: "Keys that are neither revoked nor expired." }),
    serviceTokens: wholeNumber.openapi({ description: "Service tokens that are not revoked." }),
    invitations: wholeNumber.openapi({ description: "Invitations that can be accepted now." }),
    sealedKeys: wholeNumber.openapi({ description: "Sealed keys that are not revoked, and could not be shown." }),
    firstKeys: z
      .array(z.object({ id: z.string(), organizationId: z.string().nullable(), name: z.string().nullable(), lastUsedAt: time.nullable() }))
      .openapi({ description: "The first 100 of the keys, oldest first." }),
  })
  .openapi("LeftUnderSecret");

export function addMasterSecretRoute(app: Application, context: HttpContext): void {
  const { masterSecret, flush } = context.service;

  addRoute(app, context, {
    method: "get",
    path: "/keyward/v1/secrets",
    operationId: "platform.secrets",
    summary: "Show what still needs the previous master secret",
    tag: "operations",
    access: ["operator"],
    success: {
      status: 200,
      description: "Counts, which say nothing about the secrets themselves",
      schema: z.object({
        hasPrevious: z.boolean().openapi({ description: "Whether the server was started with a previous secret." }),
        mayDropPrevious: z.boolean().openapi({ description: "Whether nothing needs the previous secret any more." }),
        onPrevious: leftSchema.openapi({ description: "What needs the previous secret." }),
        unverifiable: leftSchema.openapi({ description: "What needs a secret that the server was not started with: it is refused." }),
      }),
    },
    errors: [],
    handle: async () => {
      // Keys that were used a moment ago count as moved.
      await flush();
      const { hasPrevious, onPrevious, unverifiable } = await masterSecret.status();
      const { keys, serviceTokens, invitations, sealedKeys } = onPrevious;
      const mayDropPrevious = hasPrevious && keys + serviceTokens + invitations + sealedKeys === 0;
      return ok(json(200, { hasPrevious, mayDropPrevious, onPrevious: toRecord(onPrevious), unverifiable: toRecord(unverifiable) }));
    },
  });
}

type Left = Awaited<ReturnType<HttpContext["service"]["masterSecret"]["status"]>>["onPrevious"];

function toRecord({ firstKeys, ...counts }: Left) {
  const keys = firstKeys.map(({ lastUsedAt, ...key }) => ({
    ...key,
    lastUsedAt: lastUsedAt === null ? null : formatTimestamp(lastUsedAt),
  }));
  return { ...counts, firstKeys: keys };
}
