/** The path of a request as logs and lists may have it: without the query, and without segments that look like a secret. */
import { percentDecoded } from "./harmless-text.ts";
import type { KeySystem } from "./key-system.ts";

const REDACTED = "[redacted]";
const PATH_MAX_CHARACTERS = 1_000;
/** Nothing that names something is so long, and most secrets are. */
const SEGMENT_MAX_CHARACTERS = 40;
/** Of Keyward's own tokens; JWTs of any issuer begin with the last. */
const OWN_PREFIXES = ["kws_", "kwo_", "kwd_", "eyJ"];
const USER_AND_PASSWORD = /:[^@]*@/;
/** A shorter part of a key tells nothing of it. */
const LEAST_TELLING = 8;

type Described = Pick<KeySystem, "keyForm">;

/** @param presented the credential of the request, which is not to be in the path either; "" if there is none */
export function harmlessPath(target: string, system: Described, presented = ""): string {
  const end = target.search(/[?#]/);
  const path = end < 0 ? target : target.slice(0, end);
  // An absolute URL, which is refused, may have a password before its host.
  if (!path.startsWith("/")) return path === "*" ? path : REDACTED;
  const secret = secretIn(system);
  const mayShow = (segment: string) => {
    const text = percentDecoded(segment);
    if (text === undefined) return false;
    if (segment.length > SEGMENT_MAX_CHARACTERS || text.length > SEGMENT_MAX_CHARACTERS) return false;
    if (presented !== "" && (text.includes(presented) || presented.includes(text)) && text.length >= LEAST_TELLING) return false;
    return !secret.test(text) && !USER_AND_PASSWORD.test(text);
  };
  const shown = path.split("/").map((segment) => (mayShow(segment) ? segment : REDACTED));
  return shown.join("/").slice(0, PATH_MAX_CHARACTERS);
}

const patterns = new WeakMap<Described["keyForm"], RegExp>();

/** Where a key or a token begins: not in the middle of a word, since `task_1` has `sk_` in it. */
function secretIn({ keyForm }: Described): RegExp {
  const known = patterns.get(keyForm);
  if (known !== undefined) return known;
  const formats = keyForm.kind === "pair" ? [keyForm.publicKey, keyForm.secretKey] : [keyForm.format];
  const prefixes = [...OWN_PREFIXES, ...formats.flatMap((format) => Object.values(format.prefixes))];
  const pattern = new RegExp(`(?<![a-z0-9])(?:${prefixes.map((prefix) => RegExp.escape(prefix)).join("|")})`, "i");
  patterns.set(keyForm, pattern);
  return pattern;
}
