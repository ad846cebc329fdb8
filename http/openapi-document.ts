/** `GET /keyward/openapi.json`: the API of this server in OpenAPI 3.1. */
import { hash } from "node:crypto";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";
import { etag } from "hono/etag";
import { ALWAYS } from "../admission/response.ts";
import { pathPrefix } from "../identity/paths.ts";
import { sessionCookieName } from "../identity/session-cookie.ts";
import type { Application } from "./application.ts";
import type { HttpContext } from "./context.ts";
import { type Encoding, preferredEncodings } from "./encoding.ts";
import { addSecuritySchemes, TAGS } from "./openapi.ts";

/** With OpenAPI 3.1's `identifier`, which the library's types lack. */
const LICENSE: { name: string; url?: string } = Object.freeze({ name: "MIT", identifier: "MIT" });

/** Add it after every route. */
export function addDocument(app: Application, { platform, identity }: HttpContext): void {
  // Built on the first request: it takes several megabytes that most processes never need.
  let document: Representations | undefined;
  app.get("/keyward/openapi.json", etag(), async (c) => {
    document ??= new Representations(JSON.stringify(openApiDocument(app, platform, identity.baseUrl())));
    const encoding = preferredEncodings(c.req.header("accept-encoding") ?? null)[0] ?? "identity";
    const bytes = await document.in(encoding);
    return new Response(bytes, {
      headers: {
        ...ALWAYS,
        "content-type": "application/json",
        "content-length": String(bytes.length),
        // Caches must revalidate: another version of the server has another document.
        "cache-control": "no-cache",
        vary: "Accept-Encoding",
        etag: document.etag,
        ...(encoding !== "identity" && { "content-encoding": encoding }),
      },
    });
  });
}

/** The bytes of a text in every encoding, each built on the first request for it. */
class Representations {
  /** One tag for all encodings: weak, because their bytes differ. */
  readonly etag: string;
  readonly #identity: Buffer<ArrayBuffer>;
  readonly #made = new Map<Encoding, Promise<Buffer<ArrayBuffer>>>();

  constructor(text: string) {
    this.#identity = Buffer.from(text);
    this.etag = `W/"${hash("sha256", text, "base64url")}"`;
  }

  in(encoding: Encoding): Promise<Buffer<ArrayBuffer>> {
    const made = this.#made.get(encoding) ?? COMPRESS[encoding](this.#identity);
    this.#made.set(encoding, made);
    return made;
  }
}

const COMPRESS: Readonly<Record<Encoding, (bytes: Buffer<ArrayBuffer>) => Promise<Buffer<ArrayBuffer>>>> = {
  br: promisify(brotliCompress),
  gzip: promisify(gzip),
  identity: (bytes) => Promise.resolve(bytes),
};

/** The document of one platform, served below `baseUrl`. */
export function openApiDocument(app: Application, platform: HttpContext["platform"], baseUrl: string) {
  addSecuritySchemes(app, platform, sessionCookieName(baseUrl.startsWith("https:")));
  const tags = Object.entries({ ...TAGS, ...(platform.routes.length > 0 && { [platform.title]: "The platform's own key routes" }) });
  const document = app.documentWith({
    openapi: "3.1.0",
    info: {
      title: `${platform.title} API keys`,
      version: "1",
      description: "Served by Keyward.",
      license: LICENSE,
    },
    servers: [{ url: pathPrefix(baseUrl) || "/" }],
  });
  addRequestIdHeader(document);
  const operations = Object.values(document.paths ?? {}).flatMap((methods) => Object.values(methods));
  const used = new Set(operations.flatMap((operation) => operation?.tags ?? []));
  return { ...document, tags: tags.filter(([name]) => used.has(name)).map(([name, description]) => ({ name, description })) };
}

/** Every response has the id of its request. */
export function addRequestIdHeader(document: ReturnType<Application["documentWith"]>): void {
  document.components ??= {};
  document.components.headers = {
    RequestId: {
      description: "The id of the request, as in the log and the audit log: made by Keyward, or taken from X-Request-Id of a trusted proxy",
      schema: { type: "string", pattern: "^[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$" },
    },
  };
  for (const methods of Object.values(document.paths ?? {}))
    for (const operation of Object.values(methods) as { responses?: Record<string, { headers?: Record<string, object> }> }[])
      for (const response of Object.values(operation.responses ?? {}))
        response.headers = { ...response.headers, "X-Request-Id": { $ref: "#/components/headers/RequestId" } };
}
