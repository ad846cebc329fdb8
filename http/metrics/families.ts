/**
 * The families of metrics. Names and units as Prometheus asks for: seconds, bytes, `_total` for what only grows. No label has a value that comes from
 * a request, so the number of series is fixed: no key, no organization, no path.
 */
import { BOUNDS_SECONDS, histogramRow } from "../../telemetry/histograms.ts";
import { UPSTREAM_FAILURES } from "../../telemetry/meter.ts";
import { STATUS_CLASSES, SURFACES } from "../../telemetry/surfaces.ts";
import type { Scrape } from "./scrape.ts";

type Labels = Readonly<Record<string, string | number>>;

export interface Sample {
  /** Of a histogram. */
  readonly suffix?: "_bucket" | "_sum" | "_count";
  readonly labels?: Labels;
  readonly value: number;
}

export interface Family {
  readonly name: `keyward_${string}`;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** None: this process does not have it. */
  samples(scrape: Scrape): readonly Sample[];
}

const one = (value: number | undefined, labels: Labels = {}): readonly Sample[] => (value === undefined ? [] : [{ labels, value }]);

const byName = (label: string, counts: Readonly<Record<string, number>>): readonly Sample[] =>
  Object.entries(counts).map(([name, value]) => ({ labels: { [label]: name }, value }));

/** Cells in the order of the names. */
const byCell = (label: string, names: readonly string[], cells: Float64Array): readonly Sample[] =>
  cells.length === 0 ? [] : names.map((name, at) => ({ labels: { [label]: name }, value: cells[at] as number }));

function histogram(cells: Float64Array, row: number, labels: Labels): readonly Sample[] {
  const { atMost, count, sumSeconds } = histogramRow(cells, row);
  return [
    ...atMost.map((value, at) => ({ suffix: "_bucket" as const, labels: { ...labels, le: String(BOUNDS_SECONDS[at]) }, value })),
    { suffix: "_bucket", labels: { ...labels, le: "+Inf" }, value: count },
    { suffix: "_sum", labels, value: sumSeconds },
    { suffix: "_count", labels, value: count },
  ];
}

const histograms = (label: string, names: readonly string[], cells: Float64Array): readonly Sample[] =>
  cells.length === 0 ? [] : names.flatMap((name, row) => histogram(cells, row, { [label]: name }));

/** One sample for each thread; the main thread is 1. */
const byThread = ({ reports }: Scrape, samples: (of: Scrape["reports"][number]["measured"], labels: Labels) => readonly Sample[]) =>
  reports.flatMap(({ measured }, at) => (measured.loopDelays.length === 0 ? [] : samples(measured, { thread: at + 1 })));

const PROCESS: readonly Family[] = [
  {
    name: "keyward_build_info",
    help: "The version of Keyward, that of Node.js, and the kind of database",
    type: "gauge",
    samples: ({ about }) =>
      about === undefined ? [] : one(1, { version: about.version, node: process.version, database: about.database }),
  },
  { name: "keyward_threads", help: "Threads that serve", type: "gauge", samples: ({ reports }) => one(reports.length) },
  {
    name: "keyward_event_loop_delay_seconds",
    help: "How late timers run, by thread: the time for which everything else in the thread has to wait",
    type: "histogram",
    samples: (scrape) => byThread(scrape, ({ loopDelays }, labels) => histogram(loopDelays, 0, labels)),
  },
  {
    name: "keyward_event_loop_active_seconds_total",
    help: "How long the event loop of each thread was busy. Near one second for each second, the thread is at its limit",
    type: "counter",
    samples: (scrape) => byThread(scrape, ({ loopActiveMs }, labels) => one(loopActiveMs / 1_000, labels)),
  },
  {
    name: "keyward_event_loop_idle_seconds_total",
    help: "How long the event loop of each thread waited for something to do",
    type: "counter",
    samples: (scrape) => byThread(scrape, ({ loopIdleMs }, labels) => one(loopIdleMs / 1_000, labels)),
  },
  {
    name: "keyward_data_directory_free_bytes",
    help: "Free space where the data directory is",
    type: "gauge",
    samples: ({ freeBytes }) => one(freeBytes),
  },
];

const VERIFICATION: readonly Family[] = [
  {
    name: "keyward_verifications_total",
    help: "Verifications since the start, by outcome",
    type: "counter",
    samples: ({ total }) => byName("outcome", total.outcomes),
  },
  {
    name: "keyward_failed_attempts_total",
    help: "Wrong credentials since the start, by whether they were refused as such or their address was over its limit",
    type: "counter",
    samples: ({ answered }) => byName("answer", answered),
  },
  {
    name: "keyward_cache_lookups_total",
    help: "Credentials that were looked up: in memory, among those known to be unknown, in the store, or in the store for want of a lease",
    type: "counter",
    samples: ({ total }) => byName("answered_by", total.cache.answeredBy),
  },
  {
    name: "keyward_cached_keys",
    help: "Keys in memory; one that several threads have counts for each of them",
    type: "gauge",
    samples: ({ total }) => one(total.cachedKeys),
  },
  {
    name: "keyward_cached_unknown_credentials",
    help: "Credentials in memory that belong to no key",
    type: "gauge",
    samples: ({ total }) => one(total.cache.unknown),
  },
  {
    name: "keyward_cache_evictions_total",
    help: "Keys that left memory to make room for others",
    type: "counter",
    samples: ({ total }) => one(total.cache.evictions),
  },
];

const HTTP: readonly Family[] = [
  {
    name: "keyward_http_request_duration_seconds",
    help: "From the look-up of the credential, or elsewhere from when the request has arrived with its body, until the response; at the gateway, until it begins",
    type: "histogram",
    samples: ({ measured }) => histograms("surface", SURFACES, measured.durations),
  },
  {
    name: "keyward_http_responses_total",
    help: "Responses by surface and class of status",
    type: "counter",
    samples: ({ measured: { responses } }) =>
      SURFACES.flatMap((surface, row) =>
        STATUS_CLASSES.flatMap((status, at) => one(responses[row * STATUS_CLASSES.length + at], { surface, status })),
      ),
  },
  {
    name: "keyward_upstream_failures_total",
    help: "Requests that the API behind the gateway did not answer, by reason. stalled: the client stopped sending",
    type: "counter",
    samples: ({ measured }) => byCell("reason", UPSTREAM_FAILURES, measured.upstreamFailures),
  },
  {
    name: "keyward_access_log_dropped_lines_total",
    help: "Lines of the access log that were dropped because standard output did not take them in time",
    type: "counter",
    samples: ({ measured }) => one(measured.droppedLines),
  },
];

const STORE: readonly Family[] = [
  {
    name: "keyward_store_operation_duration_seconds",
    help: "Calls of the store by kind: how long they took, with waiting",
    type: "histogram",
    samples: ({ measured }) => histograms("operation", measured.storeOperations, measured.storeDurations),
  },
  {
    name: "keyward_store_failures_total",
    help: "Calls of the store that failed: the database did not respond, or could not do it",
    type: "counter",
    samples: ({ measured }) => byCell("operation", measured.storeOperations, measured.storeFailures),
  },
  {
    name: "keyward_usage_queue_keys",
    help: "Keys whose usage is in memory and not yet in the store",
    type: "gauge",
    samples: ({ total }) => one(total.usage.keys),
  },
  {
    name: "keyward_usage_queue_age_seconds",
    help: "Time since everything was last written, while something is queued: no usage in memory is older",
    type: "gauge",
    samples: ({ total }) => one(total.usage.ageMs / 1_000),
  },
  {
    name: "keyward_usage_write_failures_total",
    help: "Writes of usage that failed. They are repeated, and nothing is lost while the process runs",
    type: "counter",
    samples: ({ total }) => one(total.usage.failures),
  },
  {
    name: "keyward_refusals_dropped_total",
    help: "Refused requests that were not kept for the owner of the key, because there were too many at once",
    type: "counter",
    samples: ({ total }) => one(total.droppedRefusals),
  },
];

/** Of one process among several on the same database. */
const NODE: readonly Family[] = [
  {
    name: "keyward_node_info",
    help: "The id of this node in the list of nodes",
    type: "gauge",
    samples: ({ total: { node } }) => (node === undefined ? [] : one(1, { node: node.id })),
  },
  {
    name: "keyward_lease_seconds",
    help: "For how long this node may answer from memory; 0 when it asks the database for each request",
    type: "gauge",
    samples: ({ total: { node } }) => one(node && node.leaseMs / 1_000),
  },
  {
    name: "keyward_feed_lag",
    help: "Changes of other nodes that this node knows of and has not applied",
    type: "gauge",
    samples: ({ total: { node } }) => one(node?.lag),
  },
  {
    name: "keyward_failed_attempts_counted_alone_total",
    help: "Wrong credentials that this node alone has counted, because the database did not respond: so many may be over the limit of all nodes",
    type: "counter",
    samples: ({ total: { node }, countedAlone }) => (node === undefined ? [] : one(countedAlone)),
  },
];

type Bank = NonNullable<Scrape["total"]["bank"]>;
const ofBank =
  (read: (bank: Bank) => readonly Sample[]) =>
  ({ total: { bank } }: Scrape) =>
    bank === undefined ? [] : read(bank);

const BANK: readonly Family[] = [
  {
    name: "keyward_bank_statements_total",
    help: "Statements to the bank of limits that nodes share",
    type: "counter",
    samples: ofBank(({ reads, writes }) => byName("kind", { read: reads, write: writes })),
  },
  {
    name: "keyward_bank_asks_total",
    help: "Counters for which the bank was asked",
    type: "counter",
    samples: ofBank(({ asks }) => one(asks)),
  },
  {
    name: "keyward_bank_asks_lost_total",
    help: "Asks that another node was faster than, and that were repeated",
    type: "counter",
    samples: ofBank(({ lost }) => one(lost)),
  },
  {
    name: "keyward_bank_grants_total",
    help: "Asks that borrowed a part of a limit",
    type: "counter",
    samples: ofBank(({ grants }) => one(grants)),
  },
  {
    name: "keyward_bank_recalls_total",
    help: "Requests to give back what was borrowed: sent to other nodes, and received from them",
    type: "counter",
    samples: ofBank(({ recallsSent, recallsReceived }) => byName("direction", { sent: recallsSent, received: recallsReceived })),
  },
  {
    name: "keyward_bank_counters",
    help: "Counters of limits in memory",
    type: "gauge",
    samples: ofBank(({ counters }) => one(counters)),
  },
  {
    name: "keyward_bank_clock_corrections_total",
    help: "Jumps of the database's clock that this node has corrected",
    type: "counter",
    samples: ofBank(({ clockCorrections }) => one(clockCorrections)),
  },
  {
    name: "keyward_clock_ahead_seconds",
    help: "How far the wall clock of this node is ahead of the database's; below 0 when it is behind",
    type: "gauge",
    samples: ofBank(({ clockAheadMs }) => one(clockAheadMs / 1_000)),
  },
];

export const FAMILIES: readonly Family[] = [...PROCESS, ...VERIFICATION, ...HTTP, ...STORE, ...NODE, ...BANK];
