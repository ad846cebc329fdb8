/** The master secret of a database: which it is, what replaces it, and what would be lost without the previous one. */
import type { KeyUnderSecret, SecretStore, SecretUse, Store } from "../stores/contract.ts";
import { admitSecrets, readKnownSecrets } from "./known-secrets.ts";
import { checkOf, deriveSecrets, type Secrets } from "./secrets.ts";

const FACT = "secret";
/** How many keys a status names. */
const MOST_NAMED = 100;
/** How many nodes may change the fact at the same moment. */
const MOST_TRIES = 20;

interface GivenSecrets {
  readonly secret: string;
  /** The secret that `secret` replaces, while keys under it are still in use. */
  readonly previousSecret?: string | undefined;
}

/** What there is under one secret that is not the current one, and the first 100 of its keys. */
interface LeftUnder extends SecretUse {
  readonly firstKeys: readonly KeyUnderSecret[];
}

interface SecretStatus {
  /** Whether a previous secret is given. */
  readonly hasPrevious: boolean;
  /** What still needs the previous secret. */
  readonly onPrevious: LeftUnder;
  /** What needs a secret that is not given: none of it can be verified. */
  readonly unverifiable: LeftUnder;
}

/**
 * Derives the secrets, once the database has admitted them. The first ones that a database meets are its own.
 * @throws Error with one sentence when the database belongs to another secret, or when keys would be lost by replacing it
 */
export async function settleSecrets(
  store: Pick<Store, "settle" | "resettle" | "countUnder">,
  { secret, previousSecret }: GivenSecrets,
  now: number,
): Promise<Secrets> {
  const own = checkOf(secret);
  const previous = previousSecret === undefined ? undefined : checkOf(previousSecret);
  let stored = await store.settle(FACT, own);
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const admitted = admitSecrets(stored, own, previous);
    if (admitted.outcome === "refused") throw new Error(ofAnother(previous !== undefined));
    if (admitted.replaces !== undefined) await refuseToLose(store, stored, [admitted.current.id, admitted.replaces.id], now);
    const written = admitted.stored === stored ? stored : await store.resettle(FACT, stored, admitted.stored);
    if (written === admitted.stored) {
      const { current } = admitted;
      const other =
        previousSecret === undefined || admitted.previous === undefined ? undefined : { id: admitted.previous.id, secret: previousSecret };
      return deriveSecrets({ id: current.id, secret }, other);
    }
    stored = written;
  }
  throw new Error("other servers on this database keep changing its master secret; give all of them the same one");
}

const ofAnother = (hasPrevious: boolean): string =>
  hasPrevious
    ? "this database was made with another secret than the two that are given; one of them must be the one that it used last"
    : "this database was made with another secret; start with that one, or use another database: --data or KEYWARD_DATABASE_URL";

/** What is under a secret before the one that is replaced would be lost. */
async function refuseToLose(store: Pick<SecretStore, "countUnder">, stored: string, kept: readonly number[], now: number): Promise<void> {
  for (const { id } of readKnownSecrets(stored).filter((known) => !kept.includes(known.id))) {
    const { keys, serviceTokens } = await store.countUnder(id, now);
    if (keys + serviceTokens > 0)
      throw new Error(
        `the secret cannot be replaced yet: ${keys} keys and ${serviceTokens} service tokens still need the one before; see \`keyward secrets status\``,
      );
  }
}

export type MasterSecretOperations = ReturnType<typeof masterSecretOperations>;

interface MasterSecretOptions {
  readonly store: Pick<Store, "settle" | "countUnder" | "listUnder">;
  readonly secrets: Pick<Secrets, "id" | "previousId">;
  readonly clock: () => number;
}

export function masterSecretOperations({ store, secrets, clock }: MasterSecretOptions) {
  async function leftUnder(ids: readonly number[]): Promise<LeftUnder> {
    const left = { keys: 0, serviceTokens: 0, invitations: 0, sealedKeys: 0, firstKeys: [] as KeyUnderSecret[] };
    const now = clock();
    for (const id of ids) {
      const use = await store.countUnder(id, now);
      left.keys += use.keys;
      left.serviceTokens += use.serviceTokens;
      left.invitations += use.invitations;
      left.sealedKeys += use.sealedKeys;
      if (use.keys > 0) left.firstKeys.push(...(await store.listUnder(id, now, MOST_NAMED - left.firstKeys.length)));
    }
    return left;
  }

  return {
    /**
     * What is left under the previous master secret, and under those that are not given at all. The previous one may be dropped once nothing
     * is left under it.
     * @example
     * const { hasPrevious, onPrevious } = await kw.masterSecret.status();
     * if (hasPrevious && onPrevious.keys === 0) console.log("every key in force has moved");
     */
    async status(): Promise<SecretStatus> {
      const known = readKnownSecrets(await store.settle(FACT, "")).map(({ id }) => id);
      const { id: current, previousId } = secrets;
      return {
        hasPrevious: previousId !== undefined,
        onPrevious: await leftUnder(known.filter((id) => id === previousId)),
        unverifiable: await leftUnder(known.filter((id) => id !== current && id !== previousId)),
      };
    },
  };
}
