/**
 * Idempotency keys: a creation that is repeated finds what the first one created, and creates nothing. The store writes the row in the
 * transaction of the creation; this file keeps the requests that have not got that far.
 */
import { hash } from "node:crypto";
import { invalid, type Outcome, refuse } from "../engine/errors.ts";
import type { Idempotency } from "../stores/contract.ts";

interface RepeatableRequest {
  /** What the caller sent as Idempotency-Key: 1 to 255 printable ASCII characters; undefined for none. */
  readonly key: string | undefined;
  readonly operation: string;
  /** What the request asks for. The same key with another input is refused. */
  readonly input: unknown;
}

export class IdempotencyKeys {
  readonly #underWay = new Set<string>();

  async once<Value>(
    organizationId: string,
    { key, operation, input }: RepeatableRequest,
    run: (idempotency: Idempotency | undefined) => Promise<Outcome<Value>>,
  ): Promise<Outcome<Value>> {
    if (key === undefined) return run(undefined);
    if (!/^[\x21-\x7e]{1,255}$/.test(key))
      return invalid("Idempotency-Key", "Idempotency-Key must be 1 to 255 printable ASCII characters without spaces");
    const name = `${organizationId} ${key}`;
    if (this.#underWay.has(name))
      return refuse("idempotency_in_progress", "The first request with this Idempotency-Key is still in progress.");
    this.#underWay.add(name);
    try {
      return await run({ key, fingerprint: hash("sha256", JSON.stringify([operation, inOrder(input)]), "base64url") });
    } finally {
      this.#underWay.delete(name);
    }
  }
}

/** Sorts members, so that the same content in another order is the same request. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => [name, inOrder(member)]);
}
