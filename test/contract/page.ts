/** A platform's documentation page, word for word, and its `curl` commands as a developer would paste them. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "vitest";
import { type RawResponse, sendRaw } from "../http/raw-http.ts";

export function readPage(platform: string): { text: string; curls: string[] } {
  const text = readFileSync(join(import.meta.dirname, `pages/${platform}.txt`), "utf8");
  return { text, curls: [...text.matchAll(/^curl (?:.*\\\n)*.*$/gm)].map(([command]) => command) };
}

/** Runs one of them; `env` has the variables that it names. */
export async function runCurl(command: string, env: NodeJS.ProcessEnv = {}): Promise<{ status: number; type: string; text: string }> {
  const { stdout } = await promisify(execFile)("sh", ["-c", `${command} -sS -w '\\n%{http_code}\\n%{content_type}'`], {
    env: { ...process.env, ...env },
  });
  const lines = stdout.split("\n");
  const [status = "", type = ""] = lines.splice(-2);
  return { status: Number(status), type, text: lines.join("\n") };
}

/** One request, header lines as they stand, with the length of its body. */
export function raw(url: string, target: string, headers: readonly string[] = [], body = ""): Promise<RawResponse> {
  return sendRaw(url, [`${target} HTTP/1.1`, `Content-Length: ${Buffer.byteLength(body)}`, ...headers], body);
}

interface Shape {
  readonly status: number;
  readonly text: string;
  readonly headers: RawResponse["lines"];
}

/** A response without what differs from one moment to the next. */
export function shapeOf({ status, lines, text }: RawResponse): Shape {
  return { status, text, headers: lines.filter(([name]) => name !== "date") };
}

/** Every one of these is the same response, byte for byte: from the difference between two requests a client learns nothing. */
export function expectIdentical(responses: readonly RawResponse[], status: number): void {
  expect(responses.length).toBeGreaterThan(1);
  const [first, ...others] = responses.map(shapeOf);
  expect(first?.status).toBe(status);
  for (const other of others) expect(other).toEqual(first);
}

/** Each key is refused once its revocation was acknowledged, whatever requests with it are under way. */
export async function expectFinalRevocation(
  keys: readonly { readonly id: string; readonly key: string }[],
  use: (key: string) => Promise<{ status: number }>,
  revoke: (id: string) => Promise<{ status: number }>,
): Promise<void> {
  await Promise.all(
    keys.map(async ({ id, key }) => {
      const busy = Promise.all(Array.from({ length: 5 }, async () => (await use(key)).status));
      expect((await revoke(id)).status).toBe(204);
      expect((await use(key)).status).toBe(401);
      for (const status of await busy) expect([200, 401]).toContain(status);
    }),
  );
}
