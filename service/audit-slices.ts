/** Cutting a long audit log into slices that are short enough to let other requests in between. */
import type { AuditEntry, AuditFilter, LogStore } from "../stores/contract.ts";

/** A table has so many rows at most, and fewer where their details come to more bytes than this. The next table goes on from there. */
const TABLE = { rows: 10_000, octets: 16 * 1024 * 1024 };
/** What is read, sent and handled in one turn of the event loop: about a millisecond's work. A single longer row is a slice of its own. */
const SLICE = { rows: 100, octets: 64 * 1024 };
/** Ids and lengths at a time. */
const OUTLINED_AT_ONCE = 500;

interface Slice {
  readonly before: string | undefined;
  readonly limit: number;
}

export interface SlicedAudit {
  /** Newest first. Each slice is read when it is asked for, and never in the same turn of the event loop as the one before. */
  readonly slices: AsyncIterable<readonly AuditEntry[]>;
  /** The id of the last entry; undefined where nothing is left behind it. */
  readonly nextBefore: string | undefined;
}

/** Slices of what the filter finds, from `before` on: as much as one table takes. */
export async function sliceAudit(
  store: Pick<LogStore, "listAudit" | "outlineAudit">,
  organizationId: string,
  filter: AuditFilter,
  before: string | undefined,
): Promise<SlicedAudit> {
  const { slices, nextBefore } = await planSlices((page) => store.outlineAudit(organizationId, { ...filter, ...page }), before);
  async function* read() {
    for (const slice of slices) {
      yield await store.listAudit(organizationId, { ...filter, ...slice });
      await nextTurn();
    }
  }
  return { slices: read(), nextBefore };
}

/** Where to cut, from ids and lengths alone: the end of a table must be known before its first row is sent. */
async function planSlices(
  outline: (page: Slice) => ReturnType<LogStore["outlineAudit"]>,
  before: string | undefined,
): Promise<{ slices: readonly Slice[]; nextBefore: string | undefined }> {
  const slices: Slice[] = [];
  const table = { rows: 0, octets: 0 };
  let slice = { before, rows: 0, octets: 0 };
  const endSlice = () => {
    if (slice.rows > 0) slices.push({ before: slice.before, limit: slice.rows });
  };
  let last = before;
  for (;;) {
    const page = await outline({ before: last, limit: OUTLINED_AT_ONCE });
    for (const { id, octets } of page) {
      if (isFull(table, octets, TABLE)) {
        endSlice();
        return { slices, nextBefore: last };
      }
      if (isFull(slice, octets, SLICE)) {
        endSlice();
        slice = { before: last, rows: 0, octets: 0 };
      }
      for (const part of [table, slice]) {
        part.rows++;
        part.octets += octets;
      }
      last = id;
    }
    if (page.length < OUTLINED_AT_ONCE) {
      endSlice();
      return { slices, nextBefore: undefined };
    }
  }
}

const nextTurn = () => new Promise((turn) => setImmediate(turn));

/** Whether there is no room for one more row of this length. The first row has room, however long it is. */
function isFull(part: typeof TABLE, octets: number, most: typeof TABLE): boolean {
  return part.rows > 0 && (part.rows === most.rows || part.octets + octets > most.octets);
}
