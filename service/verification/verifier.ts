/** Verification: the path of every request. When the key is in memory it is synchronous: one hash, one look-up, one counter. */
import type { Environment } from "../../engine/api-key.ts";
import { longestCredential, parseCredential } from "../../engine/credential-form.ts";
import { type Ask, judge, REFUSALS, type Refusal } from "../../engine/judge.ts";
import type { KeySystem } from "../../engine/key-system.ts";
import { effectiveLimits } from "../../engine/limits.ts";
import type { KeyStore, VerificationRecord } from "../../stores/contract.ts";
import type { Lease } from "../changes/lease.ts";
import type { Clocks } from "../clocks.ts";
import type { FirstReading, Limiter } from "../limiting/limiter.ts";
import { planNamed } from "../plans.ts";
import type { SecretMover } from "../secret-mover.ts";
import { fingerprint, type Secrets } from "../secrets.ts";
import type { CacheStatistics } from "../statistics.ts";
import { CachedKey, publicCacheName, type SharedTerms } from "./cached-key.ts";
import { CredentialCache } from "./credential-cache.ts";
import { type FoundPresented, findPresented, type WellFormed } from "./find-presented.ts";
import { countRefusal, type UseRecorder } from "./use-recorder.ts";
import { admitted, refused, refusedUnknown, type Verdict } from "./verdict.ts";

interface VerifierOptions {
  readonly system: KeySystem;
  /** The environments that this deployment serves. */
  readonly environments: readonly Environment[];
  readonly store: Pick<KeyStore, "findKeyByDigest" | "findKeyByPublicKey">;
  readonly secrets: Pick<Secrets, "digests">;
  readonly mover: Pick<SecretMover, "note">;
  readonly recorder: UseRecorder;
  readonly limiter: Limiter;
  readonly clocks: Clocks;
  /** Without it, each request reads its key from the store. */
  readonly lease: Lease;
  /** Keys held in memory at most. */
  readonly capacity: number;
}

const MALFORMED = refusedUnknown("malformed");
const WRONG_ENVIRONMENT = refusedUnknown("wrong_environment");
const NOT_FOUND = refusedUnknown("not_found");
/** What was found, and when it was asked for. */
type LoadedCredential = FoundPresented & Pick<FirstReading, "sent" | "heardAt">;

/** Terms that were read lately, for keys that have the same. */
const MOST_SHARED = 10_000;
const NOTHING_MORE: Ask = Object.freeze({});

export class Verifier {
  readonly cache: CredentialCache<WellFormed, LoadedCredential, CachedKey>;
  /** Verifications since the start by outcome, for metrics. */
  readonly outcomes: Record<"valid" | Refusal, number>;
  /** Credentials that were looked up since the start, by what answered. */
  readonly answeredBy: Record<keyof CacheStatistics["answeredBy"], number> = { memory: 0, unknown: 0, store: 0, unleased: 0 };
  readonly #options: VerifierOptions;
  readonly #clocks: Clocks;
  readonly #environments: readonly Environment[];
  readonly #recorder: UseRecorder;
  readonly #limiter: Limiter;
  readonly #lease: Lease;
  readonly #maximumLength: number;
  readonly #shared = new Map<string, SharedTerms>();

  constructor(options: VerifierOptions) {
    this.#options = options;
    this.#clocks = options.clocks;
    this.#environments = options.environments;
    this.#recorder = options.recorder;
    this.#limiter = options.limiter;
    this.#lease = options.lease;
    this.#maximumLength = longestCredential(options.system.keyForm);
    this.outcomes = Object.fromEntries(["valid", ...REFUSALS].map((code) => [code, 0])) as Record<"valid" | Refusal, number>;
    this.cache = new CredentialCache<WellFormed, LoadedCredential, CachedKey>({
      capacity: options.capacity,
      begin: options.limiter.beginLookup && (() => this.#beginLookup()),
      load: async (credential) => {
        const sent = { monotonic: this.#clocks.monotonic(), wall: this.#clocks.wall() };
        const found = await findPresented(options, credential);
        return { ...found, sent, heardAt: this.#clocks.monotonic() };
      },
      lookupsOf: ({ lookups }) => lookups,
      idsOf: (presented) => {
        const { key } = recordOf(presented);
        return [key.id, key.organizationId, key.counterId];
      },
      toEntry: (presented) => this.#toEntry(presented),
      dependsOn: (key) => key.organizationId,
      dropped: (key) => {
        options.recorder.leave(key);
        if (key.counter !== undefined) options.limiter.leave(key.counter);
      },
    });
  }

  /**
   * Judges a request with this credential, and counts it. With `holds`, an admitted request counts as concurrent until `release` on its
   * verdict. Returns a promise only when the store must be asked.
   * @throws StoreUnavailable (as a rejection): nothing is known about the credential, and the request must not be admitted.
   */
  verify(presented: string, ask: Ask = NOTHING_MORE, holds = false): Verdict | Promise<Verdict> {
    if (presented.length > this.#maximumLength) return this.#count(MALFORMED);
    const print = fingerprint(presented);
    const key = this.cache.peek(print);
    // The one clock that a request reads, and after it has arrived: memory may decide about it only if the lease has not ended by then.
    const elapsed = this.#clocks.monotonic();
    if (key === undefined || !this.#lease.covers(elapsed)) return this.#verifyUncached(presented, print, ask, holds, elapsed);
    this.answeredBy.memory++;
    return this.#decide(key, ask, holds, elapsed);
  }

  /** The id of the key that this credential proves, when memory has it: presented whole, or the public half of a pair alone. */
  idInMemory(presented: string): string | undefined {
    const parsed = parseCredential(this.#options.system.keyForm, presented);
    const halves = parsed.wellFormed && parsed.publicKey !== undefined ? [presented, parsed.publicKey] : [presented];
    return halves.map((half) => this.cache.peek(fingerprint(half))?.id).find((id) => id !== undefined);
  }

  /** The last use of a key as far as memory knows, in milliseconds since the epoch; 0 when it knows of none. */
  lastUseOf(keyId: string): number {
    const cached = [this.cache.get(keyId), this.cache.get(publicCacheName(keyId))];
    return Math.max(this.#recorder.lastUseLeft(keyId), ...cached.map((key) => key?.lastUsedAt ?? 0));
  }

  /** Whether no request with this key would be admitted now because of a limit. False for a key that is not in memory. */
  isRateLimited(keyId: string): boolean {
    const key = this.cache.get(keyId) ?? this.cache.get(publicCacheName(keyId));
    return key?.counter !== undefined && !this.#limiter.wouldAdmit(key.counter, key.limits, this.#clocks.monotonic());
  }

  /** Only credentials that are not in memory are parsed: one in memory was well-formed when it was read. */
  #verifyUncached(presented: string, print: string, ask: Ask, holds: boolean, now: number): Verdict | Promise<Verdict> {
    const parsed = parseCredential(this.#options.system.keyForm, presented);
    if (!parsed.wellFormed) return this.#count(MALFORMED);
    if (!this.#environments.includes(parsed.environment)) return this.#count(WRONG_ENVIRONMENT);
    if (!this.#lease.covers(now)) {
      this.answeredBy.unleased++;
      return this.cache.findAnew(parsed, print, now).then((key) => this.#decideFound(key, ask, holds));
    }
    if (this.cache.isUnknown(print, now)) {
      this.answeredBy.unknown++;
      return this.#count(NOT_FOUND);
    }
    this.answeredBy.store++;
    return this.#verifyShared(parsed, print, ask, holds, now);
  }

  /** Requests that wait for one look-up are judged in the turn in which it ends. */
  #beginLookup(): () => void {
    const ended = this.#limiter.beginLookup?.();
    return () => void setImmediate(() => ended?.());
  }

  /** The read may have begun before the request arrived: it counts only if the lease, which says that it is still true, has not ended meanwhile. */
  async #verifyShared(credential: WellFormed, print: string, ask: Ask, holds: boolean, now: number): Promise<Verdict> {
    const found = await this.cache.find(credential, print, now);
    const isStillTrue = this.#lease.covers(this.#clocks.monotonic());
    return this.#decideFound(isStillTrue ? found : await this.cache.findAnew(credential, print, now), ask, holds);
  }

  #decideFound(key: CachedKey | undefined, ask: Ask, holds: boolean): Verdict | Promise<Verdict> {
    return key === undefined ? this.#count(NOT_FOUND) : this.#decide(key, ask, holds, this.#clocks.monotonic());
  }

  /** Only a key that expires needs the exact wall clock as well. */
  #decide(key: CachedKey, ask: Ask, holds: boolean, elapsed: number): Verdict | Promise<Verdict> {
    const now = key.expiresAt === null ? this.#clocks.nearWall(elapsed) : this.#clocks.wall();
    const code = judge(key, ask, this.#environments, now);
    if (code !== "valid") {
      if (code === "insufficient_scope") key.lastUsedAt = now;
      return this.#refuse(key, code, 0, elapsed);
    }
    key.lastUsedAt = now;
    if (key.counter !== undefined) {
      const admitsAt = this.#limiter.admit(key.counter, key.limits, elapsed, holds);
      if (typeof admitsAt !== "number") return this.#decideLater(key, admitsAt, elapsed, holds);
      if (admitsAt !== 0) return this.#limit(key, admitsAt, elapsed);
    }
    return this.#admit(key, elapsed, holds);
  }

  /** For a limiter that must ask a database. Not in `#decide`: a closure there would put its variables on the heap for every request. */
  async #decideLater(key: CachedKey, asked: Promise<number>, elapsed: number, holds: boolean): Promise<Verdict> {
    const admitsAt = await asked;
    return admitsAt === 0 ? this.#admit(key, elapsed, holds) : this.#limit(key, admitsAt, elapsed);
  }

  /** `admitsAt`: when the same request would pass. */
  #limit(key: CachedKey, admitsAt: number, elapsed: number): Verdict {
    return this.#refuse(key, "rate_limited", Math.ceil(this.#clocks.wall() + admitsAt - elapsed), elapsed);
  }

  #admit(key: CachedKey, elapsed: number, holds: boolean): Verdict {
    if (!key.dirty) this.#recorder.note(key);
    key.admitted++;
    this.outcomes.valid++;
    return admitted(key, this.#limiter, elapsed, holds);
  }

  #refuse(key: CachedKey, code: Refusal, retryAt: number, at: number): Verdict {
    if (!key.dirty) this.#recorder.note(key);
    countRefusal(key, code, 1);
    this.outcomes[code]++;
    return refused(code, key, retryAt, this.#limiter, at);
  }

  #count(verdict: Verdict): Verdict {
    this.outcomes[verdict.code]++;
    return verdict;
  }

  /** Builds an entry also for a credential that proves nothing, and discards it: a miss must not be faster than a hit. */
  #toEntry(presented: LoadedCredential): CachedKey | undefined {
    const record = recordOf(presented);
    const { key, organization, counter, bank } = record;
    const isProved = presented.outcome === "proved";
    if (isProved && presented.digest !== undefined) this.#options.mover.note("key", record.digest, presented.digest);
    const plan = planNamed(this.#options.system, organization?.plan);
    const terms = this.#share({
      environment: key.environment,
      enabled: key.enabled,
      scopes: key.scopes,
      resources: key.resources,
      requiredOrigin: presented.isPublicAlone ? key.domains : null,
      limits: effectiveLimits(plan, organization?.overrides ?? {}, key.limits),
    });
    // A revoked or disabled key counts nothing, and the time it takes to restore its counter would tell it from an unknown key.
    const counts = isProved && key.revokedAt === null && key.enabled;
    const first = bank && { sent: presented.sent, heardAt: presented.heardAt, glimpse: bank };
    const entry = new CachedKey(key, terms, counts ? this.#limiter.enter(key.counterId, terms.limits, counter, first) : undefined);
    return isProved ? entry : undefined;
  }

  /** One object for all keys with these terms: most keys of an organization have the same. */
  #share(terms: SharedTerms): SharedTerms {
    const name = JSON.stringify(terms);
    const known = this.#shared.get(name);
    if (known !== undefined) return known;
    for (const part of [terms, terms.scopes, terms.resources, terms.requiredOrigin, terms.limits]) Object.freeze(part);
    if (this.#shared.size >= MOST_SHARED) this.#shared.clear();
    this.#shared.set(name, terms);
    return terms;
  }
}

/** The record to work on, whether the credential proves it or not. */
function recordOf(presented: FoundPresented): VerificationRecord {
  return presented.outcome === "proved" ? presented.record : presented.decoy;
}
