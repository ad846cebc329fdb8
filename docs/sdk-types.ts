/** Generates the SDK's types from the OpenAPI documents of all platforms. `npm run docs` writes them to sdk/api.ts. */
import { spawnSync } from "node:child_process";
import { BlockList } from "node:net";
import { join } from "node:path";
import { httpApp } from "../http/app.ts";
import type { HttpContext } from "../http/context.ts";
import { addRequestIdHeader } from "../http/openapi-document.ts";
import { PLATFORMS } from "../platforms/index.ts";

const project = join(import.meta.dirname, "..");

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly description?: string;
}

type Content = Readonly<Record<string, { readonly schema?: Schema }>>;

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly { readonly in: string; readonly name: string; readonly required?: boolean; readonly schema: Schema }[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}

interface Api {
  /** The operations by method and path: `GET /keyward/v1/session`. */
  readonly operations: Readonly<Record<string, Operation>>;
  readonly schemas: Readonly<Record<string, Schema>>;
}

/** All operations except pages for browsers, and whoami, which responds in the platform's own form. */
const CALLABLE = /^(?:\w+ \/keyward\/v1\/(?!whoami$)|POST \/keyward\/auth\/)/;

type Environments = HttpContext["service"]["environments"];

/** The management API and signing in, from the document of one platform that serves these environments. */
export function apiOf(platform: HttpContext["platform"], environments: Environments = platform.environments): Api {
  const { operations, schemas } = documentOf(platform, environments);
  return { operations: Object.fromEntries(Object.entries(operations).filter(([name]) => CALLABLE.test(name))), schemas };
}

/** Everything in the document of one platform on a server that serves these environments. */
export function documentOf(platform: HttpContext["platform"], environments: Environments = platform.environments): Api {
  const app = httpApp({
    service: serving(environments),
    identity: unused,
    platform,
    managementKey: new Uint8Array(),
    operatorFingerprint: "",
    log: unused,
    trustedProxies: new BlockList(),
    requestIds: unused,
    attempts: unused,
    signInAttempts: unused,
  });
  const document = app.documentWith({ openapi: "3.1.0", info: { title: "", version: "" } });
  addRequestIdHeader(document);
  const { paths = {}, components } = document;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, Operation>).map(
      ([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const,
    ),
  );
  return {
    operations: Object.fromEntries(operations),
    schemas: (components?.schemas ?? {}) as Record<string, Schema>,
  };
}

/** Stands in for the service: routes are declared here, but never called. */
const unused: never = new Proxy(() => undefined, { get: () => unused, apply: () => unused }) as never;

/** Declaring the routes reads nothing of the service but its environments. */
function serving(environments: Environments): never {
  return new Proxy({}, { get: (_, name) => (name === "environments" ? environments : unused) }) as never;
}

/** Combines the documents of all platforms, so that the types allow the values of each. @throws Error if two types cannot be combined. */
export function everyApi(): Api {
  return [...PLATFORMS.values()].map((platform) => withoutErrors(apiOf(platform))).reduce((all, one) => unite(all, one, "") as Api);
}

/** The client requests problem details, so the platform's own error form is ignored. */
function withoutErrors({ operations, schemas: { Error: _own, ...schemas } }: Api): Api {
  const withSuccesses = ({ responses, ...rest }: Operation) => ({
    ...rest,
    responses: Object.fromEntries(Object.entries(responses).filter(([status]) => status < "400")),
  });
  return {
    operations: Object.fromEntries(Object.entries(operations).map(([name, operation]) => [name, withSuccesses(operation)])),
    schemas,
  };
}

/** Parts of a schema that differ between platforms and do not belong to a type. */
const WITHOUT_TYPE = new Set(["description", "example", "pattern", "maxLength", "maxItems", "not"]);

/** If platforms have different values, such as names of plans, other platforms have yet others: the type is then any text. */
function wider(one: unknown, other: unknown): unknown {
  const [fewer = [], more = []] = [one, other].map((values) => (Array.isArray(values) ? values : [])).sort((a, b) => a.length - b.length);
  return fewer.length > 0 && fewer.every((value) => more.includes(value)) ? more : undefined;
}

type Table = Readonly<Record<string, unknown>>;

function unite(one: unknown, other: unknown, at: string): unknown {
  if (JSON.stringify(one) === JSON.stringify(other)) return one;
  if (Array.isArray(one) && Array.isArray(other) && one.length === other.length)
    return one.map((item, index) => unite(item, other[index], `${at}[${index}]`));
  if (!isTable(one) || !isTable(other)) throw new Error(`platforms differ in ${at}: ${JSON.stringify(one)} and ${JSON.stringify(other)}`);
  const names = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return Object.fromEntries(names.map((name) => [name, uniteMember(one[name], other[name], name, `${at}/${name}`)]));
}

function uniteMember(one: unknown, other: unknown, name: string, at: string): unknown {
  if (name === "enum") return wider(one, other);
  if (one === undefined || other === undefined) return one ?? other;
  return WITHOUT_TYPE.has(name) ? one : unite(one, other, at);
}

function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The content of sdk/api.ts. */
export function sdkTypes(): string {
  const { operations, schemas } = everyApi();
  const names = Object.keys(operations).sort();
  const records = reachable(schemas, [...names.map((name) => operations[name]), { $ref: "#/components/schemas/Problem" }]);
  return formatted(
    [
      "/** The management API. Generated by `npm run docs` from the server's OpenAPI documents; not every platform has every operation. */",
      ...records.map((name) => `${comment(schemas[name])}export type ${name} = ${typeOf(schemas[name] ?? {})};\n`),
      "/** Every operation by method and path: its parameters, its body and its response. */",
      "export interface Operations {",
      ...names.map((name) => member(name, operations[name] as Operation)),
      "}",
    ].join("\n"),
  );
}

function reachable(schemas: Api["schemas"], roots: unknown): string[] {
  const found = new Set<string>();
  const visit = (value: unknown): void => {
    for (const [, name = ""] of JSON.stringify(value).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (found.has(name)) continue;
      found.add(name);
      visit(schemas[name]);
    }
  };
  visit(roots);
  return [...found].sort();
}

/** An operation as a member of a table of types. */
export function member(name: string, { summary, parameters = [], requestBody, responses }: Operation): string {
  const given = (place: string) => parameters.filter((parameter) => parameter.in === place);
  const fields = (place: string) =>
    given(place).map(({ name: field, required, schema }) => property(field, schema, required === true, " | undefined"));
  const [body] = Object.values(requestBody?.content ?? {});
  const isOptional = requestBody?.required !== true;
  return [
    `/** ${summary}. */`,
    `readonly ${JSON.stringify(name)}: {`,
    ...(given("path").length > 0 ? ["readonly params: {", ...fields("path"), "};"] : []),
    ...(given("query").length > 0 ? ["readonly query: {", ...fields("query"), "};"] : []),
    ...(body?.schema === undefined ? [] : [`readonly body${isOptional ? "?" : ""}: ${typeOf(body.schema, " | undefined")};`]),
    `readonly response: ${responseOf(responses)};`,
    "};",
  ].join("\n");
}

/** The type of a response: JSON as its schema says, another format as text, and no body as `undefined`. */
function responseOf(responses: Operation["responses"]): string {
  const [, success] = Object.entries(responses).find(([status]) => status.startsWith("2")) ?? [];
  const [type, content] = Object.entries(success?.content ?? {})[0] ?? [];
  if (type === undefined) return "undefined";
  return type === "application/json" ? typeOf(content?.schema ?? {}) : "string";
}

/** `absent` is added to the type of optional members: callers may pass `undefined`. */
function typeOf(schema: Schema, absent = ""): string {
  if (schema.$ref !== undefined) return schema.$ref.replace("#/components/schemas/", "");
  if (schema.allOf !== undefined) return schema.allOf.map((part) => typeOf(part, absent)).join(" & ");
  const parts = schema.anyOf ?? schema.oneOf;
  if (parts !== undefined && schema.properties !== undefined)
    return parts.map((part) => typeOf(narrowed(schema, part), absent)).join(" | ");
  if (parts !== undefined) return [...new Set(parts.map((part) => typeOf(part, absent)))].join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  return [schema.type ?? "unknown"]
    .flat()
    .map((type) => plainType(type, schema, absent))
    .join(" | ");
}

/** An object that requires one of several members: each alternative is the whole object with that member required. */
function narrowed({ anyOf: _any, oneOf: _one, ...whole }: Schema, part: Schema): Schema {
  return { ...whole, ...part, required: [...(whole.required ?? []), ...(part.required ?? [])] };
}

function plainType(type: string, { items = {}, properties = {}, required = [], additionalProperties }: Schema, absent: string): string {
  if (type === "integer") return "number";
  if (type === "array") return `readonly (${typeOf(items, absent)})[]`;
  if (type !== "object") return type;
  const fields = Object.entries(properties).map(([name, schema]) => property(name, schema, required.includes(name), absent));
  if (fields.length === 0)
    return `Readonly<Record<string, ${typeof additionalProperties === "object" ? typeOf(additionalProperties, absent) : "unknown"}>>`;
  return `{\n${fields.join("\n")}\n}`;
}

function property(name: string, schema: Schema, isRequired: boolean, absent: string): string {
  const key = /^\w+$/.test(name) ? name : JSON.stringify(name);
  return `${comment(schema)}readonly ${key}${isRequired ? "" : "?"}: ${typeOf(schema, absent)}${isRequired ? "" : absent};`;
}

function comment({ description }: Schema = {}): string {
  return description === undefined ? "" : `/** ${description.replaceAll("*/", "")} */\n`;
}

export function formatted(source: string): string {
  const biome = join(project, "node_modules/@biomejs/biome/bin/biome");
  const { stdout, stderr, status } = spawnSync(process.execPath, [biome, "format", "--stdin-file-path=sdk/api.ts"], {
    cwd: project,
    input: source,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`the generated types cannot be formatted: ${stderr}`);
  return stdout;
}
