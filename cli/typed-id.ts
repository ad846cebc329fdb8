/** Ids as people type them. A credential pasted in place of an id must not become part of a URL: servers and proxies log those. */
import { decodeUlidOrUuid } from "../engine/ulid.ts";
import { EXIT, Failure } from "./failure.ts";

/** No credential is shorter: it is the least that a platform asks of a key that people choose. */
const CREDENTIAL_LENGTH = 16;

/** The id, when it can be one or is too short to be a credential. @throws Failure, which does not repeat what was typed. */
export function typedId(typed: string): string {
  if (typed.length < CREDENTIAL_LENGTH || isId(typed)) return typed;
  throw new Failure("this is not an id; nothing was sent", {
    exitCode: EXIT.usage,
    next: "`keyward keys find - --org ID` finds the id of a key; if a real key stood there, rotate it",
  });
}

/** The same for the id of a request, which Keyward or a proxy has made. @throws Failure, which does not repeat what was typed. */
export function typedRequestId(typed: string): string {
  if (typed.length < CREDENTIAL_LENGTH || /^(?:req_[0-9a-f]{24}|[0-9a-f]{32})$/.test(typed) || isId(typed)) return typed;
  throw new Failure("this is not the id of a request; nothing was sent", {
    exitCode: EXIT.usage,
    next: "X-Request-Id of the response has it; `keyward keys refusals ID` lists the requests with a key; if a real key stood there, rotate it",
  });
}

/** Every platform's ids are a ULID or a UUID, most with a prefix such as `key_`. */
function isId(typed: string): boolean {
  return decodeUlidOrUuid(typed.replace(/^[a-z]{1,8}_/, "")) !== undefined;
}
