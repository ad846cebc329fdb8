/** Ids of requests: making them, and telling which of those that others made can be kept. */
import type { RandomBytes } from "../engine/key-format.ts";
import type { KeySystem } from "../engine/key-system.ts";
import { isRequestId } from "../engine/request-id.ts";
import { secretPattern } from "../engine/secret-pattern.ts";

/** 96 random bits: no two ids are equal, over all threads, nodes and restarts. */
const RANDOM_BYTES = 12;
const DIGITS = RANDOM_BYTES * 2;
/** How many ids are drawn at once: drawing costs more than all else. */
const DRAWN = 256;
/** Keyward's own tokens, and JWTs. */
const TOKEN = "kw[a-z]_\\w*|eyJ[\\w.-]*";

/** Finds keys of the platform, tokens of Keyward and JWTs anywhere in a text. */
export function everySecretOf({ keyForm }: Pick<KeySystem, "keyForm">): RegExp {
  return new RegExp(`${secretPattern(keyForm)}|${TOKEN}`);
}

export interface RequestIdOperations {
  /**
   * A new id. Ids tell nothing about one another, and so nothing about the traffic.
   * @example
   * const requestId = kw.requestIds.make(); // req_0f1e2d3c4b5a69788796a5b4
   */
  make(): string;
  /** Whether an id that somebody else made can be kept: 1 to 128 letters, digits, `.`, `_`, `~` and `-`, and nothing that looks like a secret. */
  isAcceptable(id: string): boolean;
}

export function requestIdOperations(
  system: Pick<KeySystem, "keyForm">,
  { randomBytes }: { readonly randomBytes: RandomBytes },
): RequestIdOperations {
  const secret = everySecretOf(system);
  return { make: requestIdMaker(randomBytes), isAcceptable: (id) => isRequestId(id) && !secret.test(id) };
}

export function requestIdMaker(randomBytes: RandomBytes): () => string {
  let digits = "";
  let next = 0;
  return () => {
    if (next === digits.length) {
      digits = Buffer.from(randomBytes(DRAWN * RANDOM_BYTES)).toString("hex");
      next = 0;
    }
    const at = next;
    next += DIGITS;
    return `req_${digits.slice(at, next)}`;
  };
}
