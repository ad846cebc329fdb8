/** Why requests were refused: noting it, and telling those who may know. */
import { DAY_MS } from "../../engine/duration.ts";
import { type Outcome, ok, refuse } from "../../engine/errors.ts";
import { parseId } from "../../engine/id.ts";
import type { Ask } from "../../engine/judge.ts";
import type { KeySystem } from "../../engine/key-system.ts";
import { explainRefusal } from "../../engine/refused-request.ts";
import { isRequestId } from "../../engine/request-id.ts";
import type { KeyStore, RefusalStore, RefusedRequest } from "../../stores/contract.ts";
import type { Organizations } from "../organizations.ts";
import { type PageInput, readPage } from "../page.ts";
import type { KeyWatch } from "../verification/key-watch.ts";
import type { PresentedKey } from "../verification/presented-key.ts";
import { REFUSAL_ID, type RefusalRecorder, type RefusedOccasion } from "./refusal-recorder.ts";

/** For how long a refusal is told. */
const KEPT_MS = DAY_MS;
/** Of one request: it may be judged on its way through several gateways. */
const MOST_OF_A_REQUEST = 20;

/** A refused request, and two sentences for people. */
export interface ExplainedRefusal extends RefusedRequest {
  /** Why it was refused. */
  readonly explanation: string;
  /** What to do about it. */
  readonly advice: string;
}

interface RefusalPage {
  /** Newest first. */
  readonly refusals: readonly ExplainedRefusal[];
  /** Null on the last page. */
  readonly nextCursor: string | null;
}

interface RefusalOptions {
  readonly system: Pick<KeySystem, "keyId">;
  readonly store: RefusalStore & Pick<KeyStore, "findKey">;
  readonly organizations: Pick<Organizations, "get">;
  readonly recorder: RefusalRecorder;
  readonly whyEnded: KeyWatch["whyEnded"];
  readonly clock: () => number;
  /** Writes what memory has noted to the store. */
  readonly flush: () => Promise<void>;
}

export type Refusals = ReturnType<typeof refusalOperations>;

export function refusalOperations({ system, store, organizations, recorder, whyEnded, clock, flush }: RefusalOptions) {
  const since = () => clock() - KEPT_MS;

  async function page(
    input: PageInput,
    read: (page: Parameters<RefusalStore["listRefusals"]>[1]) => Promise<readonly RefusedRequest[]>,
  ): Promise<Outcome<RefusalPage>> {
    const asked = readPage(input, REFUSAL_ID);
    if (!asked.ok) return asked;
    await flush();
    const { limit, before } = asked.value;
    const found = await read({ since: since(), before, limit: limit + 1 });
    const refusals = found.slice(0, limit).map(explained);
    return ok({ refusals, nextCursor: found.length > limit ? (refusals.at(-1)?.id ?? null) : null });
  }

  return {
    /**
     * Notes a refused request for its owner. The adapters and the server do that by themselves; call it where you refuse by a verdict of `verify`.
     * `occasion` is called only if there is room for another refusal of the key.
     * @example
     * const verdict = await kw.verify(presented);
     * if (!verdict.valid)
     *   kw.refusals.note({ reason: verdict.code, verdict, ask: undefined }, () => ({
     *     requestId: kw.requestIds.make(), surface: "library", method: "GET", target: "/agents", address: null,
     *   }));
     */
    note: recorder.note.bind(recorder),

    /** Counts a refusal of this key that `note` would not keep, and returns true: whoever is refused all the time is noted five times a second. */
    passOver: recorder.passOver.bind(recorder),

    /**
     * Notes a request that was admitted, and then refused because its key had ended meanwhile: `mayGoOn` said so, or `watch`. The store says
     * why; where it does not respond, or what ended the key was undone, nothing is noted.
     */
    async noteEnded(key: PresentedKey, ask: Ask | undefined, occasion: () => RefusedOccasion): Promise<void> {
      const ended = await whyEnded(key, ask).catch(() => undefined);
      if (ended === undefined) return;
      const verdict = { valid: false, retryAt: 0, rateLimits: () => [], release: () => undefined, ...ended } as const;
      recorder.note({ reason: ended.code, verdict, ask }, occasion);
    },

    /** Refused requests of an organization within the last day, newest first: a few hundred at most. Refusals: `invalid_request`, `not_found`. */
    async list(organizationId: string, input: PageInput = {}): Promise<Outcome<RefusalPage>> {
      const organization = await organizations.get(organizationId);
      return organization.ok ? page(input, (asked) => store.listRefusals(organization.value.id, asked)) : organization;
    },

    /**
     * Those of one key. Refusals: `invalid_request`, `not_found`, also for keys of other organizations.
     * @example
     * const page = await kw.refusals.ofKey(organizationId, keyId);
     * if (page.ok) for (const { at, explanation, advice } of page.value.refusals) console.log(new Date(at), explanation, advice);
     */
    async ofKey(organizationId: string, presentedId: string, input: PageInput = {}): Promise<Outcome<RefusalPage>> {
      const id = parseId(system.keyId, presentedId);
      const key = id === undefined ? undefined : await store.findKey(organizationId, id);
      if (key === undefined) return refuse("not_found", "There is no such key.");
      return page(input, (asked) => store.listRefusalsOfKey(key.id, asked));
    },

    /** Those that belong to no organization: of credentials that nobody has, and of unclaimed keys. For the operator. Refusal: `invalid_request`. */
    ofNobody: (input: PageInput = {}): Promise<Outcome<RefusalPage>> => page(input, (asked) => store.listRefusals(null, asked)),

    /**
     * The refusals of one request, newest first: of keys of these organizations, or of all and of none when undefined. Refusal: `not_found`, also
     * for requests with keys of other organizations.
     */
    async explain(requestId: string, organizationIds: readonly string[] | undefined): Promise<Outcome<readonly ExplainedRefusal[]>> {
      const absent = refuse("not_found", "No refused request of the last day has this id.");
      if (!isRequestId(requestId)) return absent;
      await flush();
      const found = await store.findRefusals(requestId, organizationIds, { since: since(), limit: MOST_OF_A_REQUEST });
      return found.length === 0 ? absent : ok(found.map(explained));
    },
  };
}

function explained(refusal: RefusedRequest): ExplainedRefusal {
  return { ...refusal, ...explainRefusal(refusal.reason, refusal.facts) };
}
