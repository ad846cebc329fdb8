/** `GET /keyward/openapi.json`: what the server takes and answers, in OpenAPI 3.1. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { pathPrefix } from "../identity/paths.ts";
import { sessionCookieName } from "../identity/session-cookie.ts";
import { json } from "./answer.ts";
import type { HttpContext } from "./context.ts";
import { addSecuritySchemes, TAGS } from "./openapi.ts";
import { toResponse } from "./route.ts";

/** With OpenAPI 3.1's `identifier`, which the library's types do not know. */
const LICENSE: { name: string; url?: string } = Object.freeze({ name: "MIT", identifier: "MIT" });

/** Add it after every route. */
export function addDocument(app: OpenAPIHono, { platform, identity }: HttpContext): void {
  let document: object | undefined;
  app.get("/keyward/openapi.json", () => {
    // Made when somebody asks: it takes several megabytes that most processes never need.
    document ??= openApiDocument(app, platform, identity.baseUrl());
    return toResponse(json(200, document));
  });
}

/** The document of one platform, served below `baseUrl`. */
export function openApiDocument(app: OpenAPIHono, platform: HttpContext["platform"], baseUrl: string) {
  addSecuritySchemes(app, platform, sessionCookieName(baseUrl.startsWith("https:")));
  const tags = Object.entries({ ...TAGS, ...(platform.routes.length > 0 && { [platform.title]: "The platform's own key routes" }) });
  const document = app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: `${platform.title} API keys`,
      version: "1",
      description: "Served by Keyward.",
      license: LICENSE,
    },
    servers: [{ url: pathPrefix(baseUrl) || "/" }],
  });
  const operations = Object.values(document.paths ?? {}).flatMap((methods) => Object.values(methods));
  const used = new Set(operations.flatMap((operation) => operation?.tags ?? []));
  return { ...document, tags: tags.filter(([name]) => used.has(name)).map(([name, description]) => ({ name, description })) };
}
