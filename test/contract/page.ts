/** A platform's documentation page, word for word, and its `curl` commands as a developer would paste them. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { type RawAnswer, sendRaw } from "../http/raw-http.ts";

export function readPage(platform: string): { text: string; curls: string[] } {
  const text = readFileSync(join(import.meta.dirname, `pages/${platform}.txt`), "utf8");
  return { text, curls: [...text.matchAll(/^curl (?:.*\\\n)*.*$/gm)].map(([command]) => command) };
}

export async function runCurl(command: string): Promise<{ status: number; type: string; text: string }> {
  const { stdout } = await promisify(execFile)("sh", ["-c", `${command} -sS -w '\\n%{http_code}\\n%{content_type}'`]);
  const lines = stdout.split("\n");
  const [status = "", type = ""] = lines.splice(-2);
  return { status: Number(status), type, text: lines.join("\n") };
}

/** One request, header lines as they stand, with the length of its body. */
export function raw(url: string, target: string, headers: readonly string[] = [], body = ""): Promise<RawAnswer> {
  return sendRaw(url, [`${target} HTTP/1.1`, `Content-Length: ${Buffer.byteLength(body)}`, ...headers], body);
}

export interface Shape {
  readonly status: number;
  readonly text: string;
  readonly headers: RawAnswer["lines"];
}

/** An answer without what differs from one moment to the next: two that are alike here tell nothing apart. */
export function shapeOf({ status, lines, text }: RawAnswer): Shape {
  return { status, text, headers: lines.filter(([name]) => name !== "date") };
}
