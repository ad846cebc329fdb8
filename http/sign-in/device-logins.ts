/** Routes of signing in on a device without a browser: begin, read, let in or refuse, take. */
import { z } from "@hono/zod-openapi";
import { addressOf } from "../../admission/client-address.ts";
import { json, noContent } from "../../admission/response.ts";
import { ok, refuse } from "../../engine/errors.ts";
import { formatTimestamp } from "../../engine/timestamp.ts";
import { DEVICE_PAGE } from "../../identity/paths.ts";
import type { Application } from "../application.ts";
import type { HttpContext } from "../context.ts";
import { time, wholeNumber } from "../inputs.ts";
import { addRoute } from "../route.ts";
import { addSessionRoute } from "../session-route.ts";

const PATH = "/keyward/v1/device-logins";
const INTERVAL_SECONDS = 2;

const codeBody = z.strictObject({
  userCode: z
    .string()
    .max(32)
    .openapi({ description: "As the device shows it; small letters and a missing dash are fine.", example: "BCDF-GHJK" }),
});

export function addDeviceLoginRoutes(app: Application, context: HttpContext): void {
  const { identity, service, signInAttempts, trustedProxies } = context;
  const { deviceLogins } = service;

  addRoute(app, context, {
    method: "post",
    path: PATH,
    operationId: "deviceLogins.begin",
    summary: "Begin to sign in on a device without a browser",
    tag: "sign-in",
    access: [],
    body: z.strictObject({
      client: z
        .string()
        .min(1)
        .max(100)
        .regex(/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/, "must be printable ASCII, without spaces around it")
        .openapi({
          pattern: "^[\\x21-\\x7e]([\\x20-\\x7e]*[\\x21-\\x7e])?$",
          description: "What the device is, for the person who lets it in.",
        }),
    }),
    success: {
      status: 201,
      description: "Show the user code and the URL, and keep the device code to yourself",
      schema: z.object({
        deviceCode: z.string(),
        userCode: z.string(),
        url: z.string().openapi({ description: "The page for the person, with the user code in it." }),
        expiresAt: time,
        intervalSeconds: wholeNumber.openapi({ description: "How long to wait between two attempts to take the session." }),
      }),
    },
    errors: ["rate_limited"],
    handle: async ({ body, client }) => {
      const tooMany = await signInAttempts.begin(client, undefined);
      if (tooMany !== undefined) return { ok: false, problem: tooMany };
      const { deviceCode, userCode, expiresAt } = await deviceLogins.begin({
        client: body.client,
        address: addressOf(client, trustedProxies),
      });
      const url = `${identity.baseUrl()}${DEVICE_PAGE}?code=${userCode}`;
      return ok(json(201, { deviceCode, userCode, url, expiresAt: formatTimestamp(expiresAt), intervalSeconds: INTERVAL_SECONDS }));
    },
  });

  addRoute(app, context, {
    method: "post",
    path: `${PATH}/take`,
    operationId: "deviceLogins.take",
    summary: "Take the session of a device that was let in, once",
    tag: "sign-in",
    access: [],
    body: z.strictObject({ deviceCode: z.string().max(100) }),
    success: {
      status: 200,
      description: "The session's token, which is shown only once; null while nobody has let the device in",
      schema: z.object({ token: z.string().nullable(), expiresAt: time.nullable() }),
    },
    errors: ["not_found"],
    wrongCredential: "not_found",
    handle: async ({ body }) => {
      const taken = await deviceLogins.take(body.deviceCode);
      if (!taken.ok) return taken;
      return ok(json(200, { token: taken.value?.token ?? null, expiresAt: formatTimestamp(taken.value?.expiresAt ?? null) }));
    },
  });

  addSessionRoute(app, context, {
    method: "post",
    path: `${PATH}/read`,
    operationId: "deviceLogins.read",
    summary: "Read which device waits with a code",
    tag: "sign-in",
    body: codeBody,
    success: {
      status: 200,
      description: "The device",
      schema: z.object({ client: z.string(), address: z.string(), createdAt: time, expiresAt: time }),
    },
    errors: ["not_found"],
    wrongCredential: "not_found",
    handle: async ({ body }) => {
      const found = await deviceLogins.find(body.userCode);
      if (!found.ok) return found;
      const { client, address, createdAt, expiresAt } = found.value;
      return ok(json(200, { client, address, createdAt: formatTimestamp(createdAt), expiresAt: formatTimestamp(expiresAt) }));
    },
  });

  for (const [verb, summary] of [
    ["approve", "Let a device in as the person who is signed in"],
    ["refuse", "Refuse a device"],
  ] as const)
    addSessionRoute(app, context, {
      method: "post",
      path: `${PATH}/${verb}`,
      operationId: `deviceLogins.${verb}`,
      summary,
      tag: "sign-in",
      body: codeBody,
      success: { status: 204, description: verb === "approve" ? "The device can take its session now" : "The device gets nothing" },
      errors: ["not_found"],
      wrongCredential: "not_found",
      handle: async ({ body, client, session: { user } }) => {
        // A token of such a session must not make others: they would outlive it.
        if (client.rawHeaders.some((name, at) => at % 2 === 0 && name.toLowerCase() === "authorization"))
          return refuse("forbidden", "Only somebody who has signed in with a browser may do this.");
        const settled = verb === "approve" ? await deviceLogins.letIn(body.userCode, user.id) : await deviceLogins.refuse(body.userCode);
        return settled.ok ? ok(noContent()) : settled;
      },
    });
}
