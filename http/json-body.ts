/** Reads a request body as JSON, with a refusal for each way in which it can be wrong. */
import { isUtf8 } from "node:buffer";
import { invalid, type Outcome, ok, refuse } from "../engine/errors.ts";
import { findDuplicate } from "./duplicate-members.ts";
import { parseMediaType } from "./media-type.ts";

export const BODY_MAX_BYTES = 64 * 1024;

/** The body of a request that has none. */
export const NO_BODY = ok(Buffer.alloc(0));

export const tooLarge = () => refuse("payload_too_large", `The body is larger than ${BODY_MAX_BYTES} bytes.`);

/** The bytes of a body, or a refusal if it is longer than allowed; the rest is not read. */
export async function readBytes(body: AsyncIterable<Uint8Array> | null): Promise<Outcome<Buffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of body ?? []) {
      length += chunk.length;
      if (length > BODY_MAX_BYTES) return tooLarge();
      chunks.push(chunk);
    }
  } catch {
    // The client disconnected or was too slow: that is no failure to log.
    return refuse("invalid_request", "The body is incomplete.");
  }
  return ok(Buffer.concat(chunks));
}

/** The headers that describe a body. */
export interface BodyHeaders {
  readonly "content-type"?: string | undefined;
  readonly "content-encoding"?: string | undefined;
}

export function bodyHeaders(headers: Headers): BodyHeaders {
  return { "content-type": headers.get("content-type") ?? undefined, "content-encoding": headers.get("content-encoding") ?? undefined };
}

/** Parses the bytes as a JSON value. With `mayBeEmpty`, an empty body is `{}` and needs no content type. */
export function parseJsonBody(bytes: Buffer, headers: BodyHeaders, mayBeEmpty: boolean): Outcome<unknown> {
  const { "content-type": contentType, "content-encoding": contentEncoding } = headers;
  if (contentEncoding !== undefined && !isIdentity(contentEncoding))
    return refuse("unsupported_media_type", "Send the body uncompressed, without Content-Encoding.");
  if (bytes.length === 0 && mayBeEmpty) return ok({});
  if (!isJson(contentType)) return refuse("unsupported_media_type", "The content type must be application/json.");
  if (!isUtf8(bytes)) return refuse("invalid_json", "The body is not valid UTF-8.");
  const text = bytes.toString("utf8");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse("invalid_json", "The body is not valid JSON.");
  }
  const twice = findDuplicate(text, value);
  return twice === undefined ? ok(value) : invalid(twice, `${JSON.stringify(twice)} stands twice in one object`);
}

/** Bodies are never decompressed: a few bytes could become gigabytes, and 64 KB need no compression (RFC 9110, 8.4). */
function isIdentity(contentEncoding: string): boolean {
  return contentEncoding.split(",").every((coding) => coding.trim().toLowerCase() === "identity");
}

/** Unknown parameters are ignored (RFC 9110, 8.3.1). Bodies are read as UTF-8, so any other charset is refused. */
function isJson(contentType: string | undefined): boolean {
  if (contentType === "application/json") return true;
  const { essence, parameters = [] } = parseMediaType(contentType ?? "") ?? {};
  return essence === "application/json" && parameters.every(([name, value]) => name !== "charset" || value.toLowerCase() === "utf-8");
}
