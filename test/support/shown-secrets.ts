/** Secrets that a browser gets to see: each is remembered for the canary, and none gets into what a failed test leaves behind. */
import { existsSync, readFileSync } from "node:fs";
import type { BrowserContext, Locator, Response } from "playwright-core";
import { SECRETS, secret } from "./root.ts";

/** Longer than any id, shorter than any secret. */
const SHORTEST = 36;
const MASK = "[secret]";
/** Members of responses that hold a secret or a link with one. */
const SECRET_MEMBERS = new Set(["key", "secretKey", "token", "link"]);

/** The secret that an element shows, remembered. */
export async function secretIn(element: Locator): Promise<string> {
  const isInput = await element.evaluate((node: object) => "value" in node);
  return secret((isInput ? await element.inputValue() : await element.innerText()).trim());
}

/** Remembers every secret that a server sends to pages of this context. The returned function waits for the last of them, and ends it. */
export function rememberSecrets(context: BrowserContext): () => Promise<void> {
  const reading = new Set<Promise<void>>();
  const listener = (response: Response) => {
    const read = rememberIn(response).finally(() => reading.delete(read));
    reading.add(read);
  };
  context.on("response", listener);
  return async () => {
    await Promise.all(reading);
    context.off("response", listener);
  };
}

/** The text without any secret that was given out, and without what is as long as one. */
export function forgettingSecrets(text: string): string {
  const known = existsSync(SECRETS) ? readFileSync(SECRETS, "utf8").split("\n") : [];
  const masked = known.reduce((rest, one) => (one.length < 16 ? rest : rest.replaceAll(one, MASK)), text);
  return masked.replace(new RegExp(`[A-Za-z0-9_-]{${SHORTEST},}`, "g"), MASK);
}

async function rememberIn(response: Response): Promise<void> {
  if (!/json/.test(response.headers()["content-type"] ?? "")) return;
  // A page that has gone on takes its responses with it.
  const body: unknown = await response.json().catch(() => undefined);
  rememberAll(body);
}

function rememberAll(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    if (typeof member !== "string") rememberAll(member);
    else if (SECRET_MEMBERS.has(name) && member.length >= SHORTEST) secret(member.slice(member.indexOf("#") + 1));
  }
}
