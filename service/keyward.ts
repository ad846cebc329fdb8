/** What `keyward()` takes and returns. The library adds the admission port (admission/library.ts). */
import type { Environment, Limits } from "../engine/api-key.ts";
import type { Ask } from "../engine/judge.ts";
import type { RandomBytes } from "../engine/key-format.ts";
import type { KeySystem } from "../engine/key-system.ts";
import type { UsageRetention } from "../engine/usage-report.ts";
import type { BankStore } from "../stores/bank-contract.ts";
import type { Store } from "../stores/contract.ts";
import type { Journal } from "../stores/journal-contract.ts";
import type { AboutNode, ListedNode, NodeStore } from "../stores/node-contract.ts";
import type { Audit } from "./audit.ts";
import type { NodeEvent } from "./changes/node.ts";
import type { Claims } from "./claims.ts";
import type { MonotonicClock } from "./clocks.ts";
import type { DeviceLogins } from "./device-logins.ts";
import type { Inspection } from "./key-inspection.ts";
import type { KeyQueries } from "./key-queries.ts";
import type { Keys } from "./keys.ts";
import type { AttemptsTogether } from "./limiting/attempts-together.ts";
import type { MasterSecretOperations } from "./master-secret.ts";
import type { Organizations } from "./organizations.ts";
import type { People } from "./people.ts";
import type { Plans } from "./plans.ts";
import type { Refusals } from "./refusals/refusals.ts";
import type { RequestIdOperations } from "./request-ids.ts";
import type { ServiceTokens } from "./service-tokens.ts";
import type { Statistics } from "./statistics.ts";
import type { Usage } from "./usage.ts";
import type { UsageReports } from "./usage-report.ts";
import type { PresentedKey } from "./verification/presented-key.ts";
import type { Verdict } from "./verification/verdict.ts";

export interface KeywardOptions {
  /** Key format, plans and scopes: one of `platforms`, or one that you define. */
  readonly platform: KeySystem;
  /** An open store, such as `(await openSqlite({ directory })).store`. Closing it is up to you, after `Keyward.close`. */
  readonly store: Store;
  /**
   * `nodes` of the open store, where it has that: other processes may then change the same database. This one joins them, and leaves with
   * `Keyward.close`. A store that has it must not be used without it: this process would not learn of revocations.
   */
  readonly nodes?: NodeStore | undefined;
  /** `bank` of the open store, where it has that: limits hold over all processes that use the same database. Give it whenever you give `nodes`. */
  readonly bank?: BankStore | undefined;
  /**
   * `journal` of the open store, where it has that: what was admitted in the last second then survives `kill -9`. Without it, and after a power
   * failure, up to a second of admissions is forgotten, and limits may be exceeded by as much.
   */
  readonly journal?: Journal | undefined;
  /** What the list of nodes says about this one. Called at each renewal. */
  readonly aboutNode?: (() => Partial<AboutNode>) | undefined;
  /** Called when the node got its lease, lost it, or noticed something of others; for a log. */
  readonly onNodeEvent?: ((event: NodeEvent) => void) | undefined;
  /** The master secret, at least 32 characters. A database works only with its own secret. */
  readonly secret: string;
  /** The secret that `secret` replaces. Keys that were made under it go on working, and each use moves a key to the new one. */
  readonly previousSecret?: string | undefined;
  /** Serve only this environment of the platform. All of the platform's environments when absent. */
  readonly environment?: Environment | undefined;
  /** The wall clock: milliseconds since the epoch. It may jump. `Date.now` when absent. */
  readonly clock?: () => number;
  /**
   * The clock that rate limits use. The clock of the process when absent; if only `clock` is given, `clock` without its steps back.
   * Counters saved under the same clock id are restored exactly. Those saved under another id are converted by the wall clock, and
   * times in the future count as now.
   */
  readonly monotonicClock?: MonotonicClock | undefined;
  /** Cryptographically secure random bytes. `crypto.randomBytes` when absent. */
  readonly randomBytes?: RandomBytes;
  /** How many keys are kept in memory at most, at about half a kilobyte each. 250,000 when absent. */
  readonly cachedKeys?: number;
  /** For how many days usage is kept: by the hour (90 when absent, at least 31) and by the day (400 when absent). */
  readonly usageRetention?: Partial<UsageRetention> | undefined;
  /** The id of the request that is being served, for the audit log; undefined outside of one. Rows have none when absent. */
  readonly requestId?: (() => string | undefined) | undefined;
  /** Called when usage could not be written or old rows could not be deleted. Both are tried again. */
  readonly onFlushFailed?: (error: unknown) => void;
}

/** @throws StoreUnavailable, as a rejection */
export type CountTogether = (kind: string, name: string, limits: Limits) => Promise<number>;

/**
 * Keyward as a library. Operations return an `Outcome`: `{ ok: true, value }`, or `{ ok: false, problem }` when the request is refused.
 * They throw `StoreUnavailable` when the database fails; whether the change happened is then unknown.
 */
export interface Keyward {
  readonly platform: KeySystem;
  /** The environments that this deployment serves. */
  readonly environments: readonly Environment[];
  /** API keys: changes, lists, claims, and what verification knows about them. */
  readonly keys: Keys & KeyQueries & Claims & Inspection;
  readonly organizations: Organizations;
  /** Tokens of services that verify keys over HTTP. */
  readonly serviceTokens: ServiceTokens;
  /**
   * People, their memberships and invitations.
   * @example
   * const invited = await kw.people.invite(organizationId, { role: "member" }, { by: { role: "operator" }, actor: "operator" });
   * if (invited.ok) console.log(invited.value.token);
   */
  readonly people: People;
  /** Terminals that a person lets in; each then has a session of that person. */
  readonly deviceLogins: DeviceLogins;
  /**
   * How much keys were used.
   * @example
   * const usage = await kw.usage.daily(organizationId, [keyId], 30);
   * if (usage.ok) for (const { days } of usage.value) console.log(days);
   */
  readonly usage: Usage & UsageReports;
  /**
   * The plans of organizations.
   * @example
   * const plan = await kw.plans.of(organizationId);
   */
  readonly plans: Plans;
  readonly audit: Audit;
  /**
   * Why requests were refused within the last day.
   * @example
   * const found = await kw.refusals.explain("req_0f1e2d3c4b5a69788796a5b4", [organizationId]);
   * if (found.ok) for (const { explanation, advice } of found.value) console.log(explanation, advice);
   */
  readonly refusals: Refusals;
  /**
   * The change of the master secret.
   * @example
   * const { onPrevious } = await kw.masterSecret.status();
   */
  readonly masterSecret: MasterSecretOperations;
  /**
   * Judges a request by its credential, and counts it. Synchronous when the key is in memory, a promise otherwise. With `holds`, an admitted
   * request counts as concurrent until `release()` is called on its verdict.
   * @throws StoreUnavailable, as a rejection: nothing is known about the credential, and the request must not be admitted.
   * @example
   * const verdict = await kw.verify(presented, { scopes: ["agents:read"] }, true);
   * if (!verdict.valid) return new Response(verdict.code, { status: verdict.code === "rate_limited" ? 429 : 401 });
   * try {
   *   return await serve(verdict.key.organizationId);
   * } finally {
   *   verdict.release();
   * }
   */
  verify(presented: string, ask?: Ask, holds?: boolean): Verdict | Promise<Verdict>;
  /**
   * For connections that stay open after their request was admitted. Calls `onEnded` once, within a second of the moment from which the key may
   * no longer be used for what was asked: it was revoked, disabled, deprived of a scope, or has expired. If the database does not tell in time
   * after a change, the key counts as ended. Call the returned function when the connection has closed. Messages on it are not counted.
   * @example
   * const verdict = await kw.verify(presented, { scopes: ["agents:read"] });
   * if (!verdict.valid) return socket.destroy();
   * socket.once("close", kw.watch(verdict.key, { scopes: ["agents:read"] }, () => socket.destroy()));
   */
  watch(key: PresentedKey, ask: Ask | undefined, onEnded: () => void): () => void;
  /**
   * Whether a request that was admitted a while ago may still be passed on: for whoever waited in between, just before it acts. True at once where
   * memory can tell; otherwise the store is asked. Charges nothing.
   * @throws StoreUnavailable, as a rejection
   * @example
   * const verdict = await kw.verify(presented, { scopes: ["agents:read"] });
   * if (!verdict.valid || !(await kw.mayGoOn(verdict.key, { scopes: ["agents:read"] }))) return new Response(null, { status: 401 });
   */
  mayGoOn(key: PresentedKey, ask?: Ask): boolean | Promise<boolean>;
  /** The processes that share this database, by id. Empty on the embedded database. */
  listNodes(): Promise<readonly ListedNode[]>;
  /**
   * Counts something that is limited over all processes that share this database, such as attempts of one `kind` by the address with this `name`.
   * Names that fall into the same of 65,536 counters of a kind share it. Resolves to 0, or to the first time on the monotonic clock at which it
   * would pass. Undefined on the embedded database, where memory is enough.
   */
  readonly countTogether: CountTogether | undefined;
  /** Spaces attempts at passwords over all processes that share this database. Undefined on the embedded database, where memory is enough. */
  readonly attemptsTogether: AttemptsTogether | undefined;
  /** Ids of requests. */
  readonly requestIds: RequestIdOperations;
  /** For metrics. */
  statistics(): Statistics;
  /** The wall clock: milliseconds since the epoch. */
  readonly clock: () => number;
  /** Milliseconds since an arbitrary origin, never going back: for measuring how long something takes. */
  readonly monotonic: () => number;
  /** @throws StoreUnavailable when the store does not respond. */
  ping(): Promise<void>;
  /** Writes usage and counters to the store now. */
  flush(): Promise<void>;
  /** Writes what is in memory and stops; the store stays open. */
  close(): Promise<void>;
}
