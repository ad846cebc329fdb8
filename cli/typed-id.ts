/** Ids as people type them. A credential pasted in place of an id must not become part of a URL: servers and proxies log those. */
import { decodeUlidOrUuid } from "../engine/ulid.ts";
import { EXIT, Failure } from "./failure.ts";

/** No credential is shorter: it is the least that a platform asks of a key that people choose. */
const CREDENTIAL_LENGTH = 16;

/** The id, when it can be one or is too short to be a credential. @throws Failure, which does not repeat what was typed. */
export function typedId(typed: string): string {
  if (isShortOrId(typed)) return typed;
  throw new Failure("this is not an id; nothing was sent", {
    exitCode: EXIT.usage,
    next: "`keyward keys find - --org ID` finds the id of a key; if a real key stood there, rotate it",
  });
}

/** Whether it is too short to be a credential, or an id. */
export function isShortOrId(typed: string): boolean {
  return typed.length < CREDENTIAL_LENGTH || isId(typed);
}

/** Every platform's ids are a ULID or a UUID, most with a prefix such as `key_`. */
function isId(typed: string): boolean {
  return decodeUlidOrUuid(typed.replace(/^[a-z]{1,8}_/, "")) !== undefined;
}
