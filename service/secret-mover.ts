/**
 * Moves keys and service tokens to the current master secret, off the path of requests. A credential is moved after its first use, because
 * its digest can be computed only from the credential itself; sealed keys are all moved, because they can be unsealed.
 */
import { parseCredential } from "../engine/credential-form.ts";
import type { KeySystem } from "../engine/key-system.ts";
import type { DigestMove, SealedKey, SecretStore } from "../stores/contract.ts";
import type { Secrets } from "./secrets.ts";

/** Moves that wait while the store fails. Those beyond are made at a later use. */
const MOST_WAITING = 100_000;
const AT_ONCE = 500;

interface SecretMoverOptions {
  readonly system: Pick<KeySystem, "keyForm">;
  readonly store: Pick<SecretStore, "moveDigests" | "listSealed" | "reseal">;
  readonly secrets: Pick<Secrets, "id" | "previousId" | "digests" | "seal" | "unseal">;
  /** Whether it moves the sealed keys: of the threads of a process, one does. */
  readonly movesSealed: boolean;
}

export class SecretMover {
  readonly #options: SecretMoverOptions;
  /** By the digest that is to be replaced. */
  readonly #waiting = new Map<string, DigestMove>();
  /** The last sealed key that was looked at; undefined when there are no more. */
  #sealedAfter: string | undefined;

  constructor(options: SecretMoverOptions) {
    this.#options = options;
    this.#sealedAfter = this.#isActive && options.movesSealed ? "" : undefined;
  }

  /** A credential was proved whose stored digest is `from`, and is `to` under the current secret. */
  note(kind: DigestMove["kind"], from: string, to: string): void {
    if (from !== to && this.#isActive && this.#waiting.size < MOST_WAITING) this.#waiting.set(from, { kind, from, to });
  }

  /** Without a previous secret, nothing is ever moved. */
  get #isActive(): boolean {
    return this.#options.secrets.previousId !== undefined;
  }

  /** Writes what waits, and moves some more of the sealed keys. @throws StoreUnavailable; what was not written is kept */
  async flush(): Promise<void> {
    if (this.#waiting.size > 0) await this.#moveWaiting();
    if (this.#sealedAfter !== undefined) this.#sealedAfter = await this.#moveSealed(this.#sealedAfter);
  }

  async #moveWaiting(): Promise<void> {
    for (const moves of inChunks([...this.#waiting.values()])) {
      await this.#options.store.moveDigests(this.#options.secrets.id, moves);
      for (const { from } of moves) this.#waiting.delete(from);
    }
  }

  /** Returns the last key of the page; undefined when there are no more. */
  async #moveSealed(after: string): Promise<string | undefined> {
    const { store, secrets } = this.#options;
    const page = await store.listSealed(secrets.id, after, AT_ONCE);
    const keys = page.flatMap((sealed) => this.#unseal(sealed));
    // The digests first: a key that is resealed is not listed again.
    await store.moveDigests(secrets.id, keys.flatMap(this.#digestMove));
    await store.reseal(keys.map(({ id, sealed, key }) => ({ id, from: sealed, to: secrets.seal(key, id) })));
    return page.length < AT_ONCE ? undefined : page.at(-1)?.id;
  }

  /** Nothing for a key that was sealed under a secret that is not given: it stays as it is, and is counted as left behind. */
  #unseal({ id, sealed }: SealedKey): { id: string; sealed: string; key: string }[] {
    try {
      return [{ id, sealed, key: this.#options.secrets.unseal(sealed, id) }];
    } catch {
      return [];
    }
  }

  readonly #digestMove = ({ key }: { readonly key: string }): DigestMove[] => {
    const parsed = parseCredential(this.#options.system.keyForm, key);
    if (!parsed.wellFormed || parsed.secret === undefined) return [];
    const [to = "", from] = this.#options.secrets.digests(parsed.secret);
    return from === undefined ? [] : [{ kind: "key", from, to }];
  };
}

function* inChunks<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let from = 0; from < items.length; from += AT_ONCE) yield items.slice(from, from + AT_ONCE);
}
