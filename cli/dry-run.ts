/** `--dry-run`: requests that change nothing are sent; the first one that would change something is shown instead. */
import { type OutputOptions, print } from "./output.ts";
import { fields } from "./table.ts";

interface Planned {
  readonly dryRun: true;
  readonly method: string;
  /** From /keyward on. */
  readonly path: string;
  readonly body: unknown;
}

/** A `fetch` that holds back what would change something. */
export class DryRun {
  planned: Planned | undefined;

  /** The response to a request that was held back ends the command. */
  readonly fetch: typeof fetch = async (input, init = {}) => {
    const { method = "GET", body } = init;
    if (method === "GET") return fetch(input, init);
    const { pathname } = new URL(String(input));
    this.planned = {
      dryRun: true,
      method,
      path: pathname.slice(pathname.indexOf("/keyward/")),
      body: typeof body === "string" ? JSON.parse(body) : null,
    };
    return new Response(null, { status: 400 });
  };

  show({ json }: OutputOptions): Promise<void> {
    const planned = this.planned as Planned;
    // A selection of fields is for the record that there is not.
    if (json !== undefined) return print(JSON.stringify(planned, null, 2));
    const { method, path, body } = planned;
    return print(fields({ "would send": `${method} ${path}`, ...(body !== null && { body }) }));
  }
}
