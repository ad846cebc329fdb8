/**
 * Refused requests on their way to the store: noted in memory, and written about once a second (docs/decisions/0034). However many are refused,
 * memory and database take a bounded number of each key, and of all together; the others are counted.
 */
import type { IdFormat, NewId } from "../../engine/id.ts";
import type { Ask } from "../../engine/judge.ts";
import { type RefusalFacts, type RefusalReason, type RefusingSurface, refusalFacts } from "../../engine/refused-request.ts";
import type { RefusalBounds, RefusalStore, RefusedRequest } from "../../stores/contract.ts";
import type { PresentedKey } from "../verification/presented-key.ts";
import type { Verdict } from "../verification/verdict.ts";

export const REFUSAL_ID: IdFormat = { prefix: "rfs_", spelling: "ulid" };

/** Between two writes, at most. */
const NOTED_OF_A_KEY = 5;
const NOTED_OF_NOBODY = 20;
const NOTED = 500;
/** In the store. */
const KEPT: RefusalBounds = Object.freeze({ perKey: 100, perOrganization: 500 });

const METHOD_MAXIMUM = 32;
const TEXT_MAXIMUM = 256;

/** What was refused. */
export interface Refused {
  readonly reason: RefusalReason;
  /** Undefined where nothing could be judged. */
  readonly verdict: Extract<Verdict, { valid: false }> | undefined;
  readonly ask: Ask | undefined;
}

/** The request, as far as the surface knows it. */
export interface RefusedOccasion {
  readonly requestId: string;
  readonly surface: RefusingSurface;
  readonly method: string | null;
  /** With its query, which is dropped. */
  readonly target: string | null;
  readonly address: string | null;
}

interface RecorderOptions {
  readonly record: RefusalStore["recordRefusals"];
  readonly newId: NewId;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Shortens a text of the request, and cuts out secrets. */
  readonly harmless: (text: string, maximum: number) => string;
  /** Cuts the query from a target, and what looks like a secret from its path. */
  readonly harmlessPath: (target: string) => string;
}

/** A refusal that was noted. `entry` is built once the response is on its way: what it costs must not tell a known key from an unknown one. */
interface Noted {
  readonly keyId: string;
  build: (() => Omit<RefusedRequest, "more">) | undefined;
  entry: Omit<RefusedRequest, "more"> | undefined;
  more: number;
}

/** What was noted of one key since the last write. */
interface OfKey {
  count: number;
  last: Noted;
}

const NOBODY = "";

export class RefusalRecorder {
  readonly #options: RecorderOptions;
  #waiting: Noted[] = [];
  #isBuilding = false;
  #ofKeys = new Map<string, OfKey>();
  #flushing: Promise<void> = Promise.resolve();
  /** Refusals that were not kept, since the start. */
  dropped = 0;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /**
   * Counts a refusal for which there is no room, and returns true. For whoever would make objects for `note`: most refusals of a flood end here.
   * @param key of the verdict
   */
  passOver(key: Pick<PresentedKey, "id"> | undefined): boolean {
    const keyId = key?.id ?? NOBODY;
    const known = this.#ofKeys.get(keyId);
    const isFull = known !== undefined && known.count >= (keyId === NOBODY ? NOTED_OF_NOBODY : NOTED_OF_A_KEY);
    if (!isFull && this.#waiting.length < NOTED) return false;
    this.dropped++;
    if (known !== undefined) known.last.more++;
    return true;
  }

  /** Notes a refusal, if there is room for another one of its key. `occasion` is only called then, a little later. */
  note(refused: Refused, occasion: () => RefusedOccasion): void {
    const { verdict } = refused;
    if (this.passOver(verdict?.key)) return;
    const keyId = verdict?.key?.id ?? NOBODY;
    const known = this.#ofKeys.get(keyId);
    const noted: Noted = { keyId, build: this.#builder(refused, occasion), entry: undefined, more: 0 };
    this.#waiting.push(noted);
    if (known === undefined) this.#ofKeys.set(keyId, { count: 1, last: noted });
    else {
      known.count++;
      known.last = noted;
    }
    if (this.#isBuilding) return;
    this.#isBuilding = true;
    setImmediate(() => this.#buildAll());
  }

  #buildAll(): void {
    this.#isBuilding = false;
    for (const noted of this.#waiting) this.#build(noted);
  }

  /** What an application says of its request may fail: that must end neither the process nor the writing of the others. */
  #build(noted: Noted): Omit<RefusedRequest, "more"> | undefined {
    const { build } = noted;
    noted.build = undefined;
    try {
      if (build !== undefined) noted.entry = build();
    } catch {
      this.dropped++;
    }
    return noted.entry;
  }

  /** Writes what was noted before the call. What cannot be written is kept for the next call, as far as there is room, and the failure is thrown. */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.catch(() => undefined).then(() => this.#write());
    return this.#flushing;
  }

  async #write(): Promise<void> {
    if (this.#waiting.length === 0) return;
    const taken = this.#waiting;
    this.#waiting = [];
    this.#ofKeys = new Map();
    try {
      await this.#options.record(
        taken.flatMap((noted) => {
          const entry = this.#build(noted);
          return entry === undefined ? [] : [{ ...entry, more: noted.more }];
        }),
        KEPT,
      );
    } catch (error) {
      const all = [...taken, ...this.#waiting];
      this.#waiting = all.slice(0, NOTED);
      this.dropped += all.length - this.#waiting.length;
      // Their keys are still full: a database that is away must not make room for more.
      this.#ofKeys = countByKey(this.#waiting);
      throw error;
    }
  }

  /** Where the limits stand must be read at once. */
  #builder({ reason, verdict, ask = {} }: Refused, occasion: () => RefusedOccasion): () => Omit<RefusedRequest, "more"> {
    const at = this.#options.clock();
    const limits = reason === "rate_limited" ? verdict?.rateLimits() : undefined;
    return () => {
      const deciding = { key: verdict?.key, ask, retryAt: verdict?.retryAt ?? 0, rateLimits: () => limits ?? [] };
      return this.#entry(at, { reason, key: verdict?.key, facts: refusalFacts(reason, deciding) }, occasion());
    };
  }

  #entry(
    at: number,
    { reason, key, facts }: Pick<RefusedRequest, "reason" | "facts"> & { readonly key: PresentedKey | undefined },
    { requestId, surface, method, target, address }: RefusedOccasion,
  ): Omit<RefusedRequest, "more"> {
    const { newId, harmless, harmlessPath } = this.#options;
    return {
      id: newId(REFUSAL_ID, at),
      at,
      keyId: key?.id ?? null,
      organizationId: key?.organizationId ?? null,
      requestId,
      surface,
      method: method === null ? null : harmless(method, METHOD_MAXIMUM),
      path: target === null ? null : harmless(harmlessPath(target), TEXT_MAXIMUM),
      address,
      reason,
      facts: this.#harmlessFacts(facts),
    };
  }

  /** Scopes that a service asks for, an origin and a resource are whatever somebody wrote. */
  #harmlessFacts(facts: RefusalFacts): RefusalFacts {
    const text = (given: string) => this.#options.harmless(given, TEXT_MAXIMUM);
    const { missingScopes, origin, resource } = facts;
    return {
      ...facts,
      ...(missingScopes !== undefined && { missingScopes: missingScopes.map(text) }),
      ...(origin != null && { origin: text(origin) }),
      ...(resource !== undefined && { resource: text(resource) }),
    };
  }
}

/** What it was built from, such as the request, is let go. */
function countByKey(waiting: readonly Noted[]): Map<string, OfKey> {
  const ofKeys = new Map<string, OfKey>();
  for (const last of waiting) ofKeys.set(last.keyId, { count: (ofKeys.get(last.keyId)?.count ?? 0) + 1, last });
  return ofKeys;
}
