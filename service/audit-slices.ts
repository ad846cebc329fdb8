/** Cuts a long audit log into slices that are short enough to let other requests run in between. */
import type { AuditEntry, AuditFilter, LogStore } from "../stores/contract.ts";

/** The maximum of one table: so many rows, or so many bytes of details. The next table continues from there. */
const TABLE = { rows: 10_000, octets: 16 * 1024 * 1024 };
/** What is read and sent in one turn of the event loop: about a millisecond of work. A longer row is a slice of its own. */
const SLICE = { rows: 100, octets: 64 * 1024 };
/** How many ids and lengths are read at a time. */
const OUTLINED_AT_ONCE = 500;

interface Slice {
  readonly before: string | undefined;
  readonly limit: number;
}

interface SlicedAudit {
  /** Newest first. Each slice is read on demand, and not in the same turn of the event loop as the previous one. */
  readonly slices: AsyncIterable<readonly AuditEntry[]>;
  /** The id of the last entry; undefined when no entry follows it. */
  readonly nextBefore: string | undefined;
}

/** Slices of the entries that match the filter, from `before` on, up to the maximum of one table. */
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

/** Decides where to cut from ids and lengths alone: the end of a table must be known before its first row is sent. */
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

/** Whether one more row of this length does not fit. The first row always fits. */
function isFull(part: typeof TABLE, octets: number, most: typeof TABLE): boolean {
  return part.rows > 0 && (part.rows === most.rows || part.octets + octets > most.octets);
}
