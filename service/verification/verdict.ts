/** The verdict on a request: what `verify` returns. */
import type { Refusal } from "../../engine/judge.ts";
import type { RateLimit } from "../../engine/limits.ts";
import type { Limiter } from "../limiting/limiter.ts";
import type { CachedKey } from "./cached-key.ts";
import type { PresentedKey } from "./presented-key.ts";

interface AnyVerdict {
  /**
   * Where the limits of the key stood at the time of the verdict, this request included. Empty for a key without limits, for one that is
   * revoked or disabled, and for an unknown credential. Call it before anything else is awaited.
   */
  rateLimits(): readonly RateLimit[];
  /**
   * Ends a request that was admitted with `holds`: it no longer counts as concurrent. Calls after the first do nothing, nor do calls on any
   * other verdict.
   */
  release(): void;
}

interface Admitted extends AnyVerdict {
  readonly valid: true;
  readonly code: "valid";
  readonly key: PresentedKey;
  readonly retryAt: 0;
}

interface Refused extends AnyVerdict {
  readonly valid: false;
  readonly code: Refusal;
  /** The key that was refused; undefined for an unknown credential. */
  readonly key: PresentedKey | undefined;
  /** For `rate_limited`: the first time at which the same request would pass, in milliseconds since the epoch by the current wall clock. 0 otherwise. */
  readonly retryAt: number;
}

export type Verdict = Admitted | Refused;

/** One class for every verdict, with methods on its prototype: the path of a request allocates this object and no closure. */
class JudgedRequest {
  readonly valid: boolean;
  readonly code: "valid" | Refusal;
  readonly key: CachedKey | undefined;
  readonly retryAt: number;
  readonly #limiter: Limiter | undefined;
  /** The monotonic time of the request, in milliseconds; 0 for a key without limits. */
  readonly #at: number;
  #holds: boolean;

  constructor(
    code: "valid" | Refusal,
    key: CachedKey | undefined,
    retryAt: number,
    limiter: Limiter | undefined,
    at: number,
    holds: boolean,
  ) {
    this.valid = code === "valid";
    this.code = code;
    this.key = key;
    this.retryAt = retryAt;
    this.#limiter = limiter;
    // A fraction takes memory of its own: it is kept only where somebody may ask for it.
    this.#at = key?.counter === undefined ? 0 : at;
    this.#holds = holds;
  }

  rateLimits(): readonly RateLimit[] {
    const { key } = this;
    if (key?.counter === undefined || this.#limiter === undefined) return [];
    return this.#limiter.standing(key.counter, key.limits, this.#at);
  }

  release(): void {
    if (!this.#holds) return;
    this.#holds = false;
    if (this.key?.counter !== undefined) this.#limiter?.release(this.key.counter);
  }
}

/** `at` is the monotonic time of the request. */
export function admitted(key: CachedKey, limiter: Limiter, at: number, holds: boolean): Verdict {
  return new JudgedRequest("valid", key, 0, limiter, at, holds) as Verdict;
}

export function refused(code: Refusal, key: CachedKey, retryAt: number, limiter: Limiter, at: number): Verdict {
  return new JudgedRequest(code, key, retryAt, limiter, at, false) as Verdict;
}

/** The verdict on an unknown credential: the same object every time. */
export function refusedUnknown(code: Refusal): Verdict {
  return Object.freeze(new JudgedRequest(code, undefined, 0, undefined, 0, false)) as Verdict;
}
