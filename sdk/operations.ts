/** Operations, named as in the OpenAPI documents, and how one becomes a request. */
import type * as api from "./api.ts";
import { KeywardError } from "./errors.ts";
import type { CallOptions, Transport } from "./transport.ts";

export type Operations = api.Operations;
export type OperationName = keyof Operations & string;

/** The body of an operation's response; undefined if it has none. */
export type ResponseBody<Name extends OperationName> = Operations[Name]["response"];
/** The JSON body of an operation. */
export type Body<Name extends OperationName> = Operations[Name] extends { readonly body?: infer Given } ? NonNullable<Given> : never;
/** The query parameters of an operation. */
export type Query<Name extends OperationName> = Operations[Name] extends { readonly query: infer Given } ? Given : never;

interface SendOptions extends CallOptions {
  readonly idempotencyKey?: string | undefined;
}

/** Operations that return JSON or nothing. */
type JsonOperation = Exclude<OperationName, `${string}.csv`>;

/** Calls an operation. @throws KeywardError, KeywardUnreachable */
export type Send = <Name extends JsonOperation>(
  name: Name,
  input: Omit<Operations[Name], "response">,
  options?: SendOptions,
) => Promise<ResponseBody<Name>>;

interface Input {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: object;
}

/** Calls an operation of any table, by its method and path. @throws KeywardError, KeywardUnreachable */
export function sendOver(transport: Transport): (name: string, input: object, options?: SendOptions) => Promise<unknown> {
  return async (name, input, options = {}) => {
    const { params = {}, ...rest } = input as Input;
    const [method = "", template = ""] = name.split(" ");
    return transport.send({ method, path: pathOf(template, params), ...rest, ...options });
  };
}

/** The path with its parameters in place. */
export function pathOf(template: string, params: Readonly<Record<string, string>>): string {
  return template.replaceAll(/\{(\w+)\}/g, (_braces, name: string) => segment(params[name] ?? ""));
}

/** URLs drop `.` and take `..` for the folder above, encoded or not (WHATWG URL, 4.4): an id like that would be another route. */
function segment(id: string): string {
  if (id === "" || id === "." || id === "..")
    throw new KeywardError({ status: 404, code: "not_found", detail: "There is nothing with this id." });
  return encodeURIComponent(id.toWellFormed());
}
