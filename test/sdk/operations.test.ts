/** The client and the server's documents name the same operations; sdk/api.ts itself is held by test/house/docs.test.ts. */
import { describe, expect, test } from "vitest";
import { apiOf, everyApi } from "../../docs/sdk-types.ts";
import { PLATFORMS } from "../../platforms/index.ts";
import { type ApiKey, type IssuedApiKey, KeywardClient, type Member, type Verdict } from "../../sdk/index.ts";
import { inProcess } from "../http/in-process.ts";

const known = Object.keys(everyApi().operations);

/** Methods that are called otherwise than with two texts. */
const ARGUMENTS: Record<string, unknown[]> = { "usage.ofKeys": ["a", { keys: ["b"] }] };

/** Every method of the client with the operations that it calls. */
async function calls(): Promise<[method: string, operations: string[]][]> {
  let asked: string[] = [];
  const note = (method: string, url: string) => {
    const path = decodeURIComponent(new URL(url).pathname);
    const template = (name: string) => new RegExp(`^${name.replaceAll(".", "\\.").replaceAll(/\{\w+\}/g, "[ab]")}$`);
    asked.push(...known.filter((name) => template(name).test(`${method} ${path}`)));
  };
  const client = new KeywardClient({
    baseUrl: "http://localhost:4000",
    fetch: async (url, init) => {
      note(init?.method ?? "", String(url));
      return Response.json({ data: [], nextCursor: null });
    },
  });
  const found: [string, string[]][] = [];
  type Method = (...values: unknown[]) => unknown;
  const methods = Object.entries(client as unknown as Record<string, Method | Record<string, Method>>).flatMap(([resource, value]) =>
    typeof value === "function"
      ? [[resource, value] as const]
      : Object.entries(value).map(([name, method]) => [`${resource}.${name}`, method] as const),
  );
  for (const [name, method] of methods) {
    asked = [];
    const response = method(...(ARGUMENTS[name] ?? ["a", "b"]));
    if (typeof response === "object" && response !== null && "next" in response) await (response as AsyncGenerator).next();
    else await response;
    found.push([name, asked]);
  }
  return found;
}

test("every method of the client calls one operation that the documents have", async () => {
  const wrong = (await calls()).filter(([, operations]) => operations.length !== 1);
  expect(wrong).toEqual([]);
});

test("every operation that the documents have is a method of the client", async () => {
  const called = (await calls()).flatMap(([, operations]) => operations);
  expect([...new Set(called)].sort()).toEqual([...known].sort());
});

test("an operation's id in the documents is the name of the method that calls it", async () => {
  const { operations } = everyApi();
  // Whatever reads page after page is a second method for the operation.
  const named = (await calls()).filter(([method]) => !method.endsWith(".listAll"));
  expect(named.map(([, [operation = ""]]) => operations[operation]?.operationId)).toEqual(named.map(([method]) => method));
});

test.each([...PLATFORMS])("the types of %s are read from the document that its server sends", async (_name, platform) => {
  const { request, service } = await inProcess({ platform });
  const { paths, components } = (await request("GET", "/keyward/openapi.json")).json;
  const { operations, schemas } = apiOf(platform, service.environments);
  expect(Object.keys(operations).length).toBeGreaterThan(20);
  for (const [name, operation] of Object.entries(operations)) {
    const [method = "", path = ""] = name.split(" ");
    expect([name, paths[path]?.[method.toLowerCase()]]).toEqual([name, JSON.parse(JSON.stringify(operation))]);
  }
  expect(components.schemas).toEqual(JSON.parse(JSON.stringify(schemas)));
});

describe("types", () => {
  test("state inputs and responses, and refuse all else", () => {
    const never = () => false as boolean;
    const client = new KeywardClient({ baseUrl: "http://localhost:4000" });
    if (never()) {
      void (client.keys.get("o", "k") satisfies Promise<ApiKey>);
      void (client.keys.create("o", { name: "n", expiresIn: undefined }) satisfies Promise<IssuedApiKey>);
      void client.members.list("o").then(({ data }) => data satisfies readonly Member[]);
      void (client.keys.revoke("o", "k") satisfies Promise<undefined>);
      void (client.verify({ key: "k", scopes: ["a"] }) satisfies Promise<Verdict>);
      void client.verify({ authorization: "Bearer k" });
      // @ts-expect-error: neither a key nor an Authorization header
      void client.verify({ scopes: ["a"] });
      // @ts-expect-error: no such field
      void client.keys.create("o", { nam: "n" });
      // @ts-expect-error: no such environment
      void client.keys.create("o", { environment: "prod" });
      // @ts-expect-error: an id is a text
      void client.keys.get("o", 5);
      // @ts-expect-error: no such role
      void client.members.changeRole("o", "u", "king");
      // @ts-expect-error: no such member of the response
      void client.keys.get("o", "k").then(({ secret }) => secret);
      // @ts-expect-error: no such order
      void client.keys.list("o", { sort: "age" });
      // @ts-expect-error: records are not to be changed
      void client.keys.get("o", "k").then((key) => (key.name = "x"));
    }
    expect(client).toBeInstanceOf(KeywardClient);
  });
});
