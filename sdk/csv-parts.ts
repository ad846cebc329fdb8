/** Tables that come in parts. */
import type { CallOptions, Transport } from "./transport.ts";

interface Asked {
  /** From /keyward on, its parameters encoded. */
  readonly path: string;
  readonly query: Readonly<Record<string, string | number | undefined>>;
}

/** All parts as one CSV text, of which only the first has the heading. @throws KeywardError, KeywardUnreachable */
export async function everyCsvPart(transport: Transport, { path, query }: Asked, options?: CallOptions): Promise<string> {
  let tables = "";
  let cursor: string | undefined;
  do {
    const { text, headers } = await transport.send({ method: "GET", path, query: { ...query, cursor }, ...options, as: "csv" });
    tables += tables === "" ? text : text.replace(/^.*\r\n/, "");
    cursor = nextCursor(headers);
  } while (cursor !== undefined);
  return tables;
}

/** The cursor of the next part (RFC 8288). */
const nextCursor = (headers: Headers) => {
  const next = /<\?([^>]*)>; rel="next"/.exec(headers.get("link") ?? "")?.[1];
  return next === undefined ? undefined : (new URLSearchParams(next).get("cursor") ?? undefined);
};
