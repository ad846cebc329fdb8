/**
 * The id of a request as people type it: Keyward's own, or whatever a proxy in front of it has made. A key pasted in its place must not become part
 * of a URL. What Keyward and most proxies make is told by its form; about anything else the server's platform decides.
 */
import { isRequestId } from "../engine/request-id.ts";
import type { PlatformDescription } from "../sdk/index.ts";
import { EXIT, Failure } from "./failure.ts";
import { isShortOrId } from "./typed-id.ts";

type KeyPatterns = Pick<PlatformDescription, "secretPattern" | "chosenKeys">;

/** Keyward's own tokens, and JWTs. */
const TOKEN = /kw[a-z]_|eyJ/;
const KEYWARDS_OR_NGINX = /^(?:req_[0-9a-f]{24}|[0-9a-f]{32})$/;

/** The id, when it can be one on some platform. @throws Failure, which does not repeat what was typed */
export function typedRequestId(typed: string): string {
  if (isShortOrId(typed) || KEYWARDS_OR_NGINX.test(typed) || (isRequestId(typed) && !TOKEN.test(typed))) return typed;
  throw refused();
}

/**
 * Asks for the platform only where the form leaves it open.
 * @throws Failure for what may be a key there, which it does not repeat
 */
export async function refuseKey(typed: string, readPlatform: () => Promise<KeyPatterns>): Promise<void> {
  if (isShortOrId(typed) || KEYWARDS_OR_NGINX.test(typed)) return;
  const { secretPattern, chosenKeys } = await readPlatform();
  const mayBeChosen = chosenKeys !== null && typed.length >= chosenKeys.minimumLength && typed.length <= chosenKeys.maximumLength;
  if (mayBeChosen || new RegExp(secretPattern).test(typed)) throw refused();
}

function refused(): Failure {
  return new Failure("this is not the id of a request; nothing was sent", {
    exitCode: EXIT.usage,
    next: "X-Request-Id of the response has it; `keyward keys refusals ID` lists the requests with a key; if a real key stood there, rotate it",
  });
}
