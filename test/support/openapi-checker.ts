/** Holds requests and responses against an OpenAPI document: every response must be documented, and every accepted request. */
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { isRequestId } from "../../engine/request-id.ts";

export interface Exchange {
  readonly method: string;
  /** As the server was asked, with its query. */
  readonly path: string;
  /** The JSON text that was sent, if any. */
  readonly sent?: string | undefined;
  readonly status: number;
  readonly contentType: string | null;
  readonly text: string;
  /** Of the response. Not looked at when undefined; null if it has none. */
  readonly requestId?: string | null | undefined;
}

type Schema = Record<string, unknown>;
interface Content {
  readonly [contentType: string]: { readonly schema?: Schema };
}
export interface Operation {
  readonly operationId: string;
  readonly security?: readonly Record<string, unknown>[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean; readonly schema: Schema }[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content; readonly headers?: Readonly<Record<string, unknown>> }>>;
}
export interface OpenApiDocument {
  readonly servers: readonly [{ readonly url: string }];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** What is Keyward's and no operation of a client: the document itself, the pages of the dashboard, and what gateways ask. */
const UNDOCUMENTED = [
  /^\/keyward\/v1\/forward-auth(?:\/|$)/,
  /^\/$/,
  /^\/keyward\/?$/,
  /^\/keyward\/openapi\.json$/,
  /^\/keyward\/(?!v1\/|auth\/)/,
  /^\/org(?:\/|$)/,
];
/** The responses to unknown paths and methods. */
const ABSENT = [404, 405];

export class OpenApiChecker {
  readonly #document: OpenApiDocument;
  readonly #ajv: Ajv2020;
  /** By the schema's text: most operations share their refusals. */
  readonly #validators = new Map<string, ValidateFunction>();
  readonly #routes: readonly { readonly template: string; readonly pattern: RegExp }[];
  readonly #prefix: string;

  constructor(document: OpenApiDocument) {
    this.#document = closed(document) as OpenApiDocument;
    this.#prefix = document.servers[0].url === "/" ? "" : document.servers[0].url;
    // That the schemas are valid is the linter's to say; here it and faster validators would cost more time than they save.
    this.#ajv = new Ajv2020({ strict: false, validateFormats: true, validateSchema: false, code: { optimize: false } });
    formats.default(this.#ajv);
    this.#ajv.addSchema(this.#document, "document");
    // The most literal first: `/keys/claim` is no id.
    this.#routes = Object.keys(document.paths)
      .sort((a, b) => a.split("{").length - b.split("{").length)
      .map((template) => ({ template, pattern: new RegExp(`^${template.replaceAll(".", "\\.").replaceAll(/\{\w+\}/g, "[^/]+")}$`) }));
  }

  /** The operation of a method and path as they were asked for; undefined for what is none. */
  find(method: string, path: string): { readonly template: string; readonly method: string; readonly operation: Operation } | undefined {
    const [pathname = ""] = path.split(/[?#]/, 1);
    if (!pathname.startsWith(this.#prefix)) return undefined;
    const template = this.#routes.find(({ pattern }) => pattern.test(pathname.slice(this.#prefix.length)))?.template;
    // HEAD is GET without the body (RFC 9110, 9.3.2).
    const name = method === "HEAD" ? "get" : method.toLowerCase();
    const operation = template === undefined ? undefined : this.#document.paths[template]?.[name];
    return template === undefined || operation === undefined ? undefined : { template, method: name, operation };
  }

  /** What the exchange says that the document does not; undefined when it keeps to it. */
  fault(exchange: Exchange): string | undefined {
    const { method, path, status } = exchange;
    const found = this.find(method, path);
    const fault = faultyId(exchange) ?? (method === "OPTIONS" ? undefined : this.#faultIn(exchange, found));
    return fault && `${method} ${path.slice(0, 200)} → ${status}: ${fault}`;
  }

  #faultIn(exchange: Exchange, found: ReturnType<OpenApiChecker["find"]>): string | undefined {
    return found === undefined ? this.#faultElsewhere(exchange) : this.#faultOf(exchange, found);
  }

  #faultOf(exchange: Exchange, { template, method, operation }: NonNullable<ReturnType<OpenApiChecker["find"]>>): string | undefined {
    const { status, contentType, text } = exchange;
    const response = operation.responses[status];
    if (response === undefined) return "the status is not documented";
    if (response.headers?.["X-Request-Id"] === undefined) return "the header X-Request-Id is not documented";
    const at = `/paths/${escaped(template)}/${method}`;
    if (exchange.method !== "HEAD") {
      const fault = this.#bodyFault(`${at}/responses/${status}`, response.content, contentType, text);
      if (fault !== undefined) return fault;
    }
    const { sent } = exchange;
    if (status >= 300 || sent === undefined || sent === "") return undefined;
    if (operation.requestBody === undefined) return undefined;
    const body = this.#schemaFault(`${at}/requestBody/content/application~1json/schema`, JSON.parse(sent, asDocumented));
    return body && `it was accepted, but the body is not as documented: ${body}`;
  }

  #bodyFault(at: string, content: Content | undefined, contentType: string | null, text: string): string | undefined {
    if (content === undefined) return text === "" ? undefined : "no body is documented";
    const type = contentType?.split(";", 1)[0] ?? "";
    if (!Object.hasOwn(content, type)) return `the content type ${type} is not documented`;
    if (!type.endsWith("json")) return undefined;
    const fault = this.#schemaFault(`${at}/content/${escaped(type)}/schema`, JSON.parse(text));
    return fault && `the body is not as documented: ${fault}`;
  }

  /** Where there is no operation, nothing but a refusal or a page may come. */
  #faultElsewhere({ path, status }: Exchange): string | undefined {
    const [pathname = ""] = path.slice(this.#prefix.length).split(/[?#]/, 1);
    if (ABSENT.includes(status) || !/^\/keyward(?:\/|$)/.test(pathname) || UNDOCUMENTED.some((known) => known.test(pathname)))
      return undefined;
    return "there is no such operation in the document";
  }

  #schemaFault(pointer: string, value: unknown): string | undefined {
    const schema = JSON.stringify(schemaAt(this.#document, pointer));
    let validate = this.#validators.get(schema);
    if (validate === undefined) {
      validate = this.#ajv.compile({ $ref: `document#${encodeURI(pointer)}` });
      this.#validators.set(schema, validate);
    }
    // Values stay out of the message: a body may hold a key.
    return validate(value) ? undefined : this.#ajv.errorsText(validate.errors, { dataVar: "body" });
  }
}

/** Every response has one id, and problem details have the same. */
function faultyId({ method, status, requestId, contentType, text }: Exchange): string | undefined {
  if (requestId === undefined) return undefined;
  if (requestId === null || !isRequestId(requestId)) return `its X-Request-Id is ${requestId ?? "missing"}`;
  if (contentType !== "application/problem+json" || method === "HEAD" || status < 400) return undefined;
  return JSON.parse(text).requestId === requestId ? undefined : "its body has another requestId, or none";
}

/**
 * What the server takes in more spellings than the document gives: spaces around a name do not count, and a domain may be written in
 * every script.
 */
function asDocumented(name: string, value: unknown): unknown {
  if (name === "domains" && Array.isArray(value)) return [];
  return typeof value === "string" ? value.trim() : value;
}

/** What a JSON pointer (RFC 6901) points to. */
function schemaAt(document: unknown, pointer: string): unknown {
  const names = pointer
    .slice(1)
    .split("/")
    .map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));
  return names.reduce((value, name) => (value as Record<string, unknown>)[name], document);
}

function escaped(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}

/**
 * The document with every object of a response closed: members that it does not name are faults. It leaves objects open for clients of
 * tomorrow; it must name every member of today's responses. Closed where a schema is used, not where it is defined: `allOf` extends it.
 */
function closed(document: OpenApiDocument): unknown {
  const schemas = Object.fromEntries(Object.entries(document.components.schemas).map(([name, schema]) => [name, closedWithin(schema)]));
  return { ...document, paths: closedResponses(document.paths), components: { ...document.components, schemas } };
}

function closedResponses(value: unknown, name = ""): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => closedResponses(item));
  const isResponse = name === "responses";
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      isResponse ? closedIn(member) : key === "requestBody" ? member : closedResponses(member, key),
    ]),
  );
}

function closedIn(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, key === "schema" ? closedSchema(member as Schema) : closedIn(member)]),
  );
}

function closedSchema(schema: Schema): Schema {
  const within = closedWithin(schema);
  const isObject = ["properties", "$ref", "allOf"].some((word) => word in schema) && schema.additionalProperties === undefined;
  return isObject ? { ...within, unevaluatedProperties: false } : within;
}

/** Everything below is closed, and the schema itself is not. */
function closedWithin(schema: Schema): Schema {
  const properties = schema.properties as Record<string, Schema> | undefined;
  const each = (list: unknown, close: (schema: Schema) => Schema) => (list as Schema[]).map(close);
  return {
    ...schema,
    ...(properties !== undefined && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, closedSchema(one)])),
    }),
    ...(schema.items !== undefined && { items: closedSchema(schema.items as Schema) }),
    ...(schema.anyOf !== undefined && { anyOf: each(schema.anyOf, closedSchema) }),
    ...(schema.allOf !== undefined && { allOf: each(schema.allOf, closedWithin) }),
    ...(typeof schema.additionalProperties === "object" && { additionalProperties: closedSchema(schema.additionalProperties as Schema) }),
  };
}
