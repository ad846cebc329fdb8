/** The application: the framework's, which serves everything, and its routes that node:http serves ahead of the framework. */
import type { IncomingMessage } from "node:http";
import { OpenAPIHono, type RouteConfig } from "@hono/zod-openapi";
import { RegExpRouter } from "hono/router/reg-exp-router";
import { SmartRouter } from "hono/router/smart-router";
import { TrieRouter } from "hono/router/trie-router";
import { getQueryParam } from "hono/utils/url";
import type { DirectMatch, DirectRoute } from "./direct-route.ts";
import { inputOf, toResponse } from "./framework.ts";
import { NO_BODY, readBytes } from "./json-body.ts";

const NOTHING: Readonly<Record<string, string>> = Object.freeze({});
/** A path that the framework would take apart as it stands: nothing encoded, and no segment that is empty or only dots. */
const PLAIN = /^(?:\/(?!\.{1,2}(?:\/|$))[\w.~:@-]+)+$/;

export class Application extends OpenAPIHono {
  /** Paths without parameters, which are found by one look-up. */
  readonly #fixed = new Map<string, DirectMatch[]>();
  /** The framework's own: a path means the same route both ways. */
  readonly #router = new SmartRouter<DirectRoute>({ routers: [new RegExpRouter(), new TrieRouter()] });

  readonly #undescribed: (() => RouteConfig)[] = [];

  /** Adds an operation to the OpenAPI document. `describe` is called for the first document: most processes never build one. */
  addOperation(describe: () => RouteConfig): void {
    this.#undescribed.push(describe);
  }

  /** The OpenAPI document of all operations, in the order in which they were added. */
  documentWith(head: Parameters<OpenAPIHono["getOpenAPI31Document"]>[0]): ReturnType<OpenAPIHono["getOpenAPI31Document"]> {
    for (const describe of this.#undescribed.splice(0)) this.openAPIRegistry.registerPath(describe());
    return this.getOpenAPI31Document(head);
  }

  /** `path` has its parameters as `:name`. */
  addDirect(path: string, route: DirectRoute): void {
    if (path.includes(":")) this.#router.add(route.method, path, route);
    else this.#fixed.set(path, [...(this.#fixed.get(path) ?? []), { route, params: NOTHING, query: NOTHING }]);
  }

  /** The direct route for a request; undefined for what the framework must look at. */
  findDirect({ method = "", url = "" }: IncomingMessage): DirectMatch | undefined {
    const at = url.indexOf("?");
    const path = at < 0 ? url : url.slice(0, at);
    const fixed = this.#fixed.get(path);
    const found = fixed === undefined ? this.#match(method, path) : fixed.find(({ route }) => route.method === method);
    return at < 0 || found === undefined ? found : { ...found, query: getQueryParam(url) as Record<string, string> };
  }

  #match(method: string, path: string): DirectMatch | undefined {
    if (!(method in METHODS && PLAIN.test(path))) return undefined;
    const [[first], values] = this.#router.match(method, path);
    if (first === undefined) return undefined;
    const [route, params] = first;
    const toParam = ([name, value]: [string, string | number]) =>
      [name, typeof value === "number" ? (values?.[value] ?? "") : value] as const;
    return { route, params: Object.fromEntries(Object.entries(params).map(toParam)), query: NOTHING };
  }
}

const METHODS: Readonly<Record<DirectRoute["method"], true>> = Object.assign(Object.create(null), {
  GET: true,
  POST: true,
  PATCH: true,
  DELETE: true,
});

/** Adds the route and its documentation to the application. */
export function addDirectRoute(app: Application, route: DirectRoute): void {
  const { method, path, takesBody, document, respond } = route;
  const pattern = path.replaceAll(/\{(\w+)\}/g, ":$1");
  app.addOperation(() => ({ ...document(), method: method.toLowerCase() as RouteConfig["method"], path }));
  if (route.isStreamed !== true) app.addDirect(pattern, route);
  app.on(method, pattern, async (c) => {
    const body = takesBody ? await readBytes(c.req.raw.body) : NO_BODY;
    return toResponse(await respond(inputOf(c), body, { params: c.req.param(), query: c.req.query() }));
  });
}
