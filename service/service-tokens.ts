/** Service tokens: with one, a service of the platform asks Keyward to verify keys. */
import { type Outcome, ok, refuse } from "../engine/errors.ts";
import { type IdFormat, type NewId, parseId } from "../engine/id.ts";
import { BASE62, generateKey, type KeyFormat, maximumLength, parseKey, type RandomBytes } from "../engine/key-format.ts";
import { parseName } from "../engine/name.ts";
import { credentialIssued, serviceTokenRevoked } from "../engine/state-change.ts";
import type { Change, ServiceToken, ServiceTokenStore } from "../stores/contract.ts";
import type { Commit } from "./changes/commit.ts";
import type { Lease } from "./changes/lease.ts";
import type { Clocks } from "./clocks.ts";
import type { SecretMover } from "./secret-mover.ts";
import { fingerprint, type Secrets } from "./secrets.ts";
import { CredentialCache } from "./verification/credential-cache.ts";

const FORMAT: KeyFormat = { prefixes: { live: "kws_" }, alphabet: BASE62, randomLength: 43, separator: "_", checksumLength: 6 };
const SERVICE_TOKEN_ID: IdFormat = { prefix: "st_", spelling: "ulid" };
const LONGEST = maximumLength(FORMAT);
const CAPACITY = 10_000;

interface ServiceTokensOptions {
  readonly store: ServiceTokenStore;
  readonly secrets: Secrets;
  readonly cache: ServiceTokenCache;
  readonly commit: Commit;
  readonly clock: () => number;
  readonly clocks: Clocks;
  /** Without it, each token is read from the store. */
  readonly lease: Lease;
  readonly randomBytes: RandomBytes;
  readonly newId: NewId;
  readonly changeBy: (actor: string, now: number) => Change;
}

export type ServiceTokens = ReturnType<typeof serviceTokenOperations>;

type CachedToken = ServiceToken & { cacheName: string; touched: boolean };
type FoundToken = { readonly digests: readonly string[]; readonly token: ServiceToken | undefined };
export type ServiceTokenCache = CredentialCache<string, FoundToken, CachedToken>;

interface CacheParts extends Pick<ServiceTokensOptions, "store" | "secrets"> {
  readonly mover: Pick<SecretMover, "note">;
}

export function serviceTokenCache({ store, secrets, mover }: CacheParts): ServiceTokenCache {
  return new CredentialCache({
    capacity: CAPACITY,
    async load(presented) {
      const digests = secrets.digests(presented);
      const token = await store.findServiceTokenByDigest(digests);
      const [current = "", previous] = digests;
      if (token !== undefined && previous !== undefined) mover.note("service_token", previous, current);
      return { digests, token };
    },
    lookupsOf: ({ digests }) => digests,
    idsOf: ({ token }) => (token === undefined ? [] : [token.id]),
    toEntry: ({ token }) => token && { ...token, cacheName: token.id, touched: false },
    dependsOn: () => null,
  });
}

export function serviceTokenOperations({
  store,
  secrets,
  cache,
  commit,
  clock,
  clocks,
  lease,
  randomBytes,
  newId,
  changeBy,
}: ServiceTokensOptions) {
  const inForce = (token: CachedToken | undefined): token is CachedToken => token !== undefined && token.revokedAt === null;

  return {
    /**
     * Creates a token. The result has its record and the token itself, which cannot be read again. Refusal: `invalid_request` (names the field).
     * @example
     * const created = await kw.serviceTokens.create({ name: "gateway" }, "operator");
     * if (created.ok) console.log(created.value.serviceToken.id, created.value.token);
     */
    async create(input: { readonly name: string }, actor: string): Promise<Outcome<{ serviceToken: ServiceToken; token: string }>> {
      const name = parseName(input.name);
      if (!name.ok) return name;
      const now = clock();
      const token = generateKey(FORMAT, "live", randomBytes);
      const serviceToken: ServiceToken = {
        id: newId(SERVICE_TOKEN_ID, now),
        name: name.value,
        createdAt: now,
        revokedAt: null,
      };
      const digest = secrets.digest(token);
      await commit(
        () => store.createServiceToken(serviceToken, digest, changeBy(actor, now)),
        () => [credentialIssued(digest)],
      );
      return ok({ serviceToken, token });
    },

    /** All service tokens, revoked ones too. */
    list: (): Promise<readonly ServiceToken[]> => store.listServiceTokens(),

    /** Revokes a token for good. Once this has resolved, the token is refused. Refusal: `not_found`. */
    async revoke(presentedId: string, actor: string): Promise<Outcome<ServiceToken>> {
      const id = parseId(SERVICE_TOKEN_ID, presentedId);
      if (id === undefined) return refuse("not_found", "There is no such service token.");
      const result = await commit(
        () => store.revokeServiceToken(id, changeBy(actor, clock())),
        () => [serviceTokenRevoked(id)],
      );
      return result.outcome === "not_found" ? refuse("not_found", "There is no such service token.") : ok(result.token);
    },

    /** Whether this is an active service token that is in memory. Synchronous: for the path of a verification. False says nothing: ask `isValid`. */
    isInMemory(presented: string): boolean {
      return presented.length <= LONGEST && inForce(cache.peek(fingerprint(presented))) && lease.covers(clocks.monotonic());
    },

    /** Whether this is an active service token. @throws StoreUnavailable */
    async isValid(presented: string): Promise<boolean> {
      const print = fingerprint(presented.slice(0, LONGEST + 1));
      const cached = cache.peek(print);
      const now = clocks.monotonic();
      const isLeased = lease.covers(now);
      if (cached !== undefined && isLeased) return inForce(cached);
      if (!parseKey(FORMAT, presented).wellFormed || (isLeased && cache.isUnknown(print, now))) return false;
      const found = isLeased ? await cache.find(presented, print, now) : undefined;
      // As for keys: a shared read counts only under a lease that has not ended meanwhile.
      return inForce(isLeased && lease.covers(clocks.monotonic()) ? found : await cache.findAnew(presented, print, now));
    },
  };
}
