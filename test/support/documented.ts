/** Every response that a test receives from a server of ours keeps to the OpenAPI document of that server. */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Exchange, OpenApiChecker, type OpenApiDocument } from "./openapi-checker.ts";
import { ROOT } from "./root.ts";

const origins = new Map<string, () => Promise<OpenApiChecker>>();
const checkers = new Map<string, Promise<OpenApiChecker>>();

/**
 * From now on, responses of this origin are held against what `read` gives. Servers with the same `name` have the same document, which
 * is read once in a run, by whichever test file comes first; without a name it is read anew.
 */
export function documentOrigin(origin: string, read: () => Promise<OpenApiDocument>, name?: string): void {
  origins.set(origin, () => {
    const known = checkers.get(name ?? origin) ?? kept(name, read).then((document) => new OpenApiChecker(document));
    checkers.set(name ?? origin, known);
    return known;
  });
  // A port is used again by a server that comes later.
  checkers.delete(origin);
}

/** Its server has ended: the port may be given to something that is no server of ours. */
export function forgetOrigin(origin: string): void {
  origins.delete(origin);
}

/** @throws Error that says what the document does not. Responses of other origins are nobody's to hold. */
export async function expectDocumented(origin: string, exchange: Exchange): Promise<void> {
  const checker = await origins.get(origin)?.();
  const fault = checker?.fault(exchange);
  if (fault !== undefined) throw new Error(`not as the OpenAPI document says: ${fault}`);
}

async function kept(name: string | undefined, read: () => Promise<OpenApiDocument>): Promise<OpenApiDocument> {
  if (name === undefined) return read();
  const file = join(ROOT, `document-${name}.json`);
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as OpenApiDocument;
  const document = await read();
  // Whole or not at all: other test files run beside this one.
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(document));
  renameSync(draft, file);
  return document;
}
