/** `keyward audit --follow`: entries as they are written. */
import { setTimeout as pause } from "node:timers/promises";
import { type AuditEntry, KeywardUnreachable } from "../sdk/index.ts";
import { select } from "./fields.ts";
import { lookOfOutput, note, type OutputOptions, print } from "./output.ts";
import { plain } from "./table.ts";

const LOOK_EVERY_MS = 1_000;
const SHOWN_AT_FIRST = 10;
/** Nodes stamp entries by their own clocks: an entry may arrive after one that is newer. */
const LATE_BY_MS = 60_000;

type ReadPage = (query: { readonly limit: number; readonly from?: string; readonly cursor?: string }) => Promise<{
  readonly data: readonly AuditEntry[];
  readonly nextCursor: string | null;
}>;

/** Ends with the process. A server that is away for a while is waited for, and nothing that it wrote since is missed. */
export async function followAudit(read: ReadPage, options: OutputOptions): Promise<never> {
  const told = new ToldEntries(options);
  await told.tell((await read({ limit: SHOWN_AT_FIRST })).data);
  let isAway = false;
  for (;;) {
    await pause(LOOK_EVERY_MS);
    const entries = await entriesSince(read, told.latest).catch(waitFor);
    if (entries === undefined && !isAway) note("the server does not respond; waiting for it", options);
    isAway = entries === undefined;
    await told.tell(entries ?? []);
  }
}

/** @throws whatever is more than a lost connection */
function waitFor(error: unknown): undefined {
  if (!(error instanceof KeywardUnreachable)) throw error;
}

/** What was shown, as far back as an entry may still arrive late. */
class ToldEntries {
  readonly #at = new Map<string, number>();
  readonly #options: OutputOptions;
  /** The time of the newest one; undefined before the first. */
  latest: number | undefined;
  /** The time of the oldest one of the first page: what is older was there before, and is not new. */
  #floor: number | undefined;

  constructor(options: OutputOptions) {
    this.#options = options;
  }

  async tell(newestFirst: readonly AuditEntry[]): Promise<void> {
    for (const entry of newestFirst.toReversed()) {
      if (this.#at.has(entry.id)) continue;
      const at = Date.parse(entry.at);
      this.#floor ??= at;
      if (at < this.#floor) continue;
      this.#at.set(entry.id, at);
      this.latest = Math.max(at, this.latest ?? at);
      await print(line(entry, this.#options));
    }
    const oldest = (this.latest ?? 0) - 2 * LATE_BY_MS;
    for (const [id, at] of this.#at) if (at < oldest) this.#at.delete(id);
  }
}

async function entriesSince(read: ReadPage, latest: number | undefined): Promise<AuditEntry[]> {
  const from = latest === undefined ? {} : { from: new Date(latest - LATE_BY_MS).toISOString() };
  const entries: AuditEntry[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<ReadPage>> = await read({ limit: 100, ...from, ...(cursor !== null && { cursor }) });
    entries.push(...page.data);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return entries;
}

/** One line for each entry: as JSON, which programs read line by line, or as text. */
function line(entry: AuditEntry, { json }: OutputOptions): string {
  if (json !== undefined) return JSON.stringify(select(entry, json));
  const { at, action, subjectId, actor, details } = entry;
  const time = lookOfOutput().now === undefined ? at : new Date(at).toLocaleTimeString("en-GB");
  return plain(`${time}  ${action}  ${subjectId}  by ${actor.name ?? actor.id}  ${JSON.stringify(details)}`);
}
