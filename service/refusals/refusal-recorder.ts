/**
 * Refused requests on their way to the store: noted in memory, and written about once a second (docs/decisions/0034). However many are refused,
 * memory and database take a bounded number of each key, and of all together; the others are counted.
 */
import type { IdFormat, NewId } from "../../engine/id.ts";
import type { Ask } from "../../engine/judge.ts";
import { type RefusalFacts, type RefusalReason, type RefusingSurface, refusalFacts } from "../../engine/refused-request.ts";
import type { RefusalBounds, RefusalStore, RefusedRequest } from "../../stores/contract.ts";
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
}

type Waiting = { -readonly [Field in keyof RefusedRequest]: RefusedRequest[Field] };

/** What was noted of one key since the last write. */
interface OfKey {
  count: number;
  last: Waiting;
}

const NOBODY = "";

export class RefusalRecorder {
  readonly #options: RecorderOptions;
  #waiting: Waiting[] = [];
  #ofKeys = new Map<string, OfKey>();
  #flushing: Promise<void> = Promise.resolve();
  /** Refusals that were not kept, since the start. */
  dropped = 0;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /** Notes a refusal, if there is room for another one of its key. `occasion` is only called then. */
  note(refused: Refused, occasion: () => RefusedOccasion): void {
    const { verdict } = refused;
    const keyId = verdict?.key?.id ?? NOBODY;
    const known = this.#ofKeys.get(keyId);
    const isFull = known !== undefined && known.count >= (keyId === NOBODY ? NOTED_OF_NOBODY : NOTED_OF_A_KEY);
    if (isFull || this.#waiting.length >= NOTED) {
      this.dropped++;
      if (known !== undefined) known.last.more++;
      return;
    }
    const waiting = this.#entry(refused, occasion());
    this.#waiting.push(waiting);
    if (known === undefined) this.#ofKeys.set(keyId, { count: 1, last: waiting });
    else {
      known.count++;
      known.last = waiting;
    }
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
      await this.#options.record(taken, KEPT);
    } catch (error) {
      const all = [...taken, ...this.#waiting];
      this.#waiting = all.slice(0, NOTED);
      this.dropped += all.length - this.#waiting.length;
      // Their keys are still full: a database that is away must not make room for more.
      this.#ofKeys = countByKey(this.#waiting);
      throw error;
    }
  }

  #entry({ reason, verdict, ask = {} }: Refused, occasion: RefusedOccasion): Waiting {
    const { newId, clock, harmless } = this.#options;
    const at = clock();
    const { requestId, surface, method, target, address } = occasion;
    const key = verdict?.key;
    const facts = refusalFacts(reason, { key, ask, retryAt: verdict?.retryAt ?? 0, rateLimits: () => verdict?.rateLimits() ?? [] });
    return {
      id: newId(REFUSAL_ID, at),
      at,
      keyId: key?.id ?? null,
      organizationId: key?.organizationId ?? null,
      requestId,
      surface,
      method: method === null ? null : harmless(method, METHOD_MAXIMUM),
      path: target === null ? null : harmless(target.split(/[?#]/, 1)[0] as string, TEXT_MAXIMUM),
      address,
      reason,
      facts: this.#harmlessFacts(facts),
      more: 0,
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

function countByKey(waiting: readonly Waiting[]): Map<string, OfKey> {
  const ofKeys = new Map<string, OfKey>();
  for (const last of waiting) {
    const keyId = last.keyId ?? NOBODY;
    ofKeys.set(keyId, { count: (ofKeys.get(keyId)?.count ?? 0) + 1, last });
  }
  return ofKeys;
}
