/** Requests as text, for the load client. */

interface RequestText {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly authorization: string;
  readonly body?: unknown;
  /** More header lines. */
  readonly lines?: readonly string[];
}

/** The head that a client library sends, no more. */
export function requestText({ method, path, authorization, body, lines: more = [] }: RequestText): string {
  const text = body === undefined ? "" : JSON.stringify(body);
  const lines = [`${method} ${path} HTTP/1.1`, "Host: 127.0.0.1", `Authorization: Bearer ${authorization}`, ...more];
  if (body !== undefined) lines.push("Content-Type: application/json", `Content-Length: ${text.length}`);
  return `${lines.join("\r\n")}\r\n\r\n${text}`;
}

export const portOf = (url: string): number => Number(new URL(url).port);
