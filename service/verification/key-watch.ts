/**
 * Watches keys whose requests go on after they were admitted: WebSockets, streams. Each is told once, within a second, when its key may no
 * longer be used for what it was admitted for.
 */
import type { ApiKey, Environment } from "../../engine/api-key.ts";
import { type Ask, judge, type Refusal } from "../../engine/judge.ts";
import { type Every, unreferencedTimer } from "../background.ts";
import { sharedRun } from "../shared-run.ts";
import type { PresentedKey } from "./presented-key.ts";

/** Nothing is looked at between changes but the time: one turn compares a number for each watch of a key that expires. */
const EXPIRY_EVERY_MS = 500;
/** For the store, after a change. A key whose state is not known by then counts as ended. */
const READ_MS = 500;
/** How often a node looks that is not told of changes, and how many keys it reads at once. */
const LOOK_EVERY_MS = 500;
const READ_AT_ONCE = 16;
const NOTHING_MORE: Ask = Object.freeze({});

interface Watch {
  readonly key: PresentedKey;
  readonly ask: Ask;
  readonly onEnded: () => void;
  expiresAt: number | null;
  /** The number of the read that says so. */
  readBy: number;
}

/** Why a request may not go on that was admitted. */
interface Ended {
  readonly code: Refusal;
  readonly key: PresentedKey;
}

interface KeyWatchOptions {
  /** The environments that this deployment serves. */
  readonly environments: readonly Environment[];
  /** The key as the store has it; undefined for none. */
  readonly find: (id: string) => Promise<ApiKey | undefined>;
  /** Whether memory still holds this very record and may decide, so that nothing has changed since it was judged. */
  readonly isCurrent: (key: PresentedKey) => boolean;
  /** Whether changes reach this node. False for one without a lease: it looks for itself. Absent on the embedded database. */
  readonly isTold?: (() => boolean) | undefined;
  /** The wall clock, in milliseconds since the epoch. */
  readonly now: () => number;
  readonly every?: Every;
}

export class KeyWatch {
  readonly #options: KeyWatchOptions;
  readonly #watches = new Map<string, Set<Watch>>();
  readonly #expiring = new Set<Watch>();
  #stopTimer: (() => void) | undefined;
  #stopLooking: (() => void) | undefined;
  /** Calls share the rounds, each of which begins after the call. */
  readonly #judgeAll = sharedRun(() => this.#judgeEach());
  readonly #finding = new Map<string, Promise<ApiKey | undefined>>();
  /** Reads begun so far. They may end in another order. */
  #reads = 0;

  constructor(options: KeyWatchOptions) {
    this.#options = options;
  }

  /** How many watches there are. */
  get size(): number {
    let size = 0;
    for (const watches of this.#watches.values()) size += watches.size;
    return size;
  }

  /** Begin in the same turn as the verdict, or later: what has changed meanwhile is noticed. */
  watch(key: PresentedKey, ask: Ask = NOTHING_MORE, onEnded: () => void): () => void {
    const watch: Watch = { key, ask, onEnded, expiresAt: null, readBy: 0 };
    const watches = this.#watches.get(key.id) ?? new Set();
    this.#watches.set(key.id, watches.add(watch));
    this.#expire(watch, key.expiresAt);
    this.#look();
    if (!this.#options.isCurrent(key)) this.keyChanged(key.id);
    return () => this.#remove(watch);
  }

  /** The record of the key was changed. It is read, and each watch of it judged anew. */
  keyChanged(id: string): void {
    if (this.#watches.has(id)) void this.#judgeAgain(id);
  }

  /** Looks at every watched key: such changes are rare. */
  organizationChanged(organizationId: string): void {
    for (const [id, watches] of this.#watches)
      if ([...watches].some(({ key }) => key.organizationId === organizationId)) this.keyChanged(id);
  }

  /** It is not known what was changed. */
  anythingChanged(): void {
    void this.#judgeAll();
  }

  /**
   * Whether a request that was admitted a while ago may go on: at once where memory can tell, and otherwise as the store says.
   * @throws StoreUnavailable, as a rejection
   */
  mayGoOn(key: PresentedKey, ask: Ask = NOTHING_MORE): boolean | Promise<boolean> {
    if (this.#options.isCurrent(key)) return true;
    return this.#options.find(key.id).then((current) => current !== undefined && this.#isAllowed(key, ask, current));
  }

  /**
   * Why such a request may not go on, and the key as it is now. Undefined where it may: what ended it was undone.
   * @throws StoreUnavailable
   */
  async whyEnded(key: PresentedKey, ask: Ask = NOTHING_MORE): Promise<Ended | undefined> {
    const current = await this.#findOnce(key.id);
    if (current === undefined || !isOfSame(key, current)) return { code: "not_found", key };
    const now = asPresented(key, current);
    const code = this.#judge(now, ask, current);
    return code === "valid" ? undefined : { code, key: now };
  }

  /** A key may end a thousand requests at once. */
  #findOnce(id: string): Promise<ApiKey | undefined> {
    const known = this.#finding.get(id);
    if (known !== undefined) return known;
    const finding = this.#options.find(id).finally(() => this.#finding.delete(id));
    this.#finding.set(id, finding);
    return finding;
  }

  async #judgeEach(): Promise<void> {
    const ids = [...this.#watches.keys()];
    for (let from = 0; from < ids.length; from += READ_AT_ONCE)
      await Promise.all(ids.slice(from, from + READ_AT_ONCE).map((id) => this.#judgeAgain(id)));
  }

  /** While there is somebody to tell. */
  #look(): void {
    const { isTold, every = unreferencedTimer } = this.#options;
    if (isTold === undefined) return;
    this.#stopLooking ??= every(LOOK_EVERY_MS, () => {
      if (this.#watches.size > 0) return void (isTold() || this.#judgeAll());
      this.#stopLooking?.();
      this.#stopLooking = undefined;
    });
  }

  async #judgeAgain(id: string): Promise<void> {
    const read = ++this.#reads;
    const current = await withinTime(this.#options.find(id));
    for (const watch of [...(this.#watches.get(id) ?? [])]) {
      if (current === undefined || !this.#isAllowed(watch.key, watch.ask, current)) this.#end(watch);
      else if (read > watch.readBy) {
        watch.readBy = read;
        this.#expire(watch, current.expiresAt);
      }
    }
  }

  #isAllowed(key: PresentedKey, ask: Ask, current: ApiKey): boolean {
    // An unclaimed key may be claimed; whoever has lost a key has lost its connections too.
    return isOfSame(key, current) && this.#judge(asPresented(key, current), ask, current) === "valid";
  }

  #judge({ requiredOrigin }: PresentedKey, ask: Ask, current: ApiKey): ReturnType<typeof judge> {
    const { environments, now } = this.#options;
    return judge({ ...current, requiredOrigin }, ask, environments, now());
  }

  #expire(watch: Watch, expiresAt: number | null): void {
    watch.expiresAt = expiresAt;
    if (expiresAt === null) return void this.#expiring.delete(watch);
    this.#expiring.add(watch);
    const { every = unreferencedTimer } = this.#options;
    this.#stopTimer ??= every(EXPIRY_EVERY_MS, () => this.#endExpired());
  }

  #endExpired(): void {
    const now = this.#options.now();
    for (const watch of [...this.#expiring]) if (watch.expiresAt !== null && watch.expiresAt <= now) this.#end(watch);
    if (this.#expiring.size > 0) return;
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }

  #end(watch: Watch): void {
    if (this.#remove(watch)) watch.onEnded();
  }

  #remove(watch: Watch): boolean {
    this.#expiring.delete(watch);
    const watches = this.#watches.get(watch.key.id);
    const isRemoved = watches?.delete(watch) === true;
    if (watches?.size === 0) this.#watches.delete(watch.key.id);
    return isRemoved;
  }
}

const isOfSame = (key: PresentedKey, current: ApiKey): boolean =>
  key.organizationId === null || key.organizationId === current.organizationId;

function asPresented(key: PresentedKey, { scopes, resources, domains, expiresAt }: ApiKey): PresentedKey {
  return { ...key, scopes, resources, expiresAt, requiredOrigin: key.requiredOrigin === null ? null : domains };
}

/** Undefined also when the store fails or takes too long. */
async function withinTime(found: Promise<ApiKey | undefined>): Promise<ApiKey | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, READ_MS, undefined);
  });
  try {
    return await Promise.race([found, late]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
