/** Limits over three nodes on one PostgreSQL: how many requests wait for the database, what they cost it, and how many are refused wrongly. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { NO_LIMITS } from "../engine/api-key.ts";
import { realTimers } from "../service/changes/timers.ts";
import { Clocks } from "../service/clocks.ts";
import { BankLimiter } from "../service/limiting/bank-limiter.ts";
import { openPostgres } from "../stores/postgres/open.ts";
import { startPostgres } from "../test/support/postgres-server.ts";
import { boundRow, note, type Row } from "./table.ts";

const NODES = 3;
const KEYS = 20;
const PER_MINUTE = 600;
const LOAD = 0.9;
/** The first minute fills the window; the others are counted. */
const WARM_UP_MS = 60_000;
const COUNTED_MS = 60_000;
const LIMITS = Object.freeze({ ...NO_LIMITS, requestsPerMinute: PER_MINUTE });

const seen = { requests: 0, waited: 0, wrongly: 0, over: 0 };

export async function nodeLimits(): Promise<Row[]> {
  const postgres = await startPostgres({ directory: mkdtempSync(join(tmpdir(), "keyward-bench-postgres-")) });
  const opened = await Promise.all(Array.from({ length: NODES }, () => openPostgres({ url: postgres.url })));
  try {
    const nodes = await Promise.all(opened.map(openNode));
    const tending = setInterval(() => void Promise.all(nodes.map(({ limiter }) => limiter.tend())), 1_000);
    const end = performance.now() + WARM_UP_MS + COUNTED_MS;
    const loads = Array.from({ length: KEYS }, (_, key) => offer(nodes, key, end));
    await setTimeout(WARM_UP_MS);
    const before = sum(nodes);
    await Promise.all(loads);
    clearInterval(tending);
    const after = sum(nodes);
    const share = (count: number) => Math.round((count / seen.requests) * 1e5) / 1e3;
    return [
      note(`Limits over ${NODES} nodes: ${KEYS} keys with ${PER_MINUTE} a minute, offered ${LOAD} of it; of ${seen.requests} requests`),
      boundRow("  admitted above the limit", seen.over, "", 0),
      percentRow("  refused wrongly", share(seen.wrongly), 0.1),
      percentRow("  waited for the database", share(seen.waited), 5),
      percentRow("  asks for a request, in the background too", share(after.asks - before.asks)),
      percentRow("  statements for a request", share(after.statements - before.statements)),
    ];
  } finally {
    await Promise.all(opened.map(({ close }) => close()));
    await postgres.stop();
  }
}

/** Boundaries are whole numbers elsewhere: here thousandths of a percent matter. */
function percentRow(measure: string, percent: number, atMost?: number): Row {
  const row = boundRow(measure, percent, "%", atMost);
  return { ...row, ours: `${percent} %`, target: atMost === undefined ? "" : `≤ ${atMost} %` };
}

type OpenNode = Awaited<ReturnType<typeof openNode>>;

async function openNode({ bank, nodes }: Awaited<ReturnType<typeof openPostgres>>, index: number) {
  if (bank === undefined || nodes === undefined) throw new Error("this database has no bank");
  // Opens the connection that hears recalls.
  await nodes.standing();
  const clocks = new Clocks(Date.now, { id: String(index), now: () => performance.now() });
  const limiter = new BankLimiter({ bank, clocks, after: realTimers.after, node: `node-${index}` });
  const counters = Array.from({ length: KEYS }, (_, key) => limiter.enter(`key-${key}`, LIMITS));
  return { limiter, counters, clocks };
}

function sum(nodes: readonly OpenNode[]): { readonly asks: number; readonly statements: number } {
  const counts = nodes.map(({ limiter }) => limiter.counts);
  return {
    asks: counts.reduce((total, { asks }) => total + asks, 0),
    statements: counts.reduce((total, { reads, writes }) => total + reads + writes, 0),
  };
}

/** Requests for one key at random moments, to a random node each. */
async function offer(nodes: readonly OpenNode[], key: number, end: number): Promise<void> {
  const admissions: number[] = [];
  let next = performance.now();
  while (next < end) {
    next += (-Math.log(1 - Math.random()) * 60_000) / (PER_MINUTE * LOAD);
    await setTimeout(Math.max(1, next - performance.now()));
    const { limiter, counters, clocks } = nodes[Math.floor(Math.random() * nodes.length)] as OpenNode;
    const counter = counters[key];
    if (counter === undefined) throw new Error("a key has no limits");
    const began = performance.now();
    const answer = limiter.admit(counter, LIMITS, clocks.monotonic(), false);
    if (began >= end - COUNTED_MS) {
      seen.requests++;
      if (typeof answer !== "number") seen.waited++;
    }
    void Promise.resolve(answer).then((admitsAt) =>
      judge(admissions, { began, isAdmitted: admitsAt === 0, isCounted: began >= end - COUNTED_MS }),
    );
  }
}

interface Answered {
  readonly began: number;
  readonly isAdmitted: boolean;
  readonly isCounted: boolean;
}

/** Against every admission of the key in the minute before. */
function judge(admissions: number[], { began, isAdmitted, isCounted }: Answered): void {
  while (admissions.length > 0 && (admissions[0] as number) <= began - 60_000) admissions.shift();
  if (isAdmitted) admissions.push(began);
  if (!isCounted) return;
  // The bank decides some milliseconds after a request began: a window that is shorter by that must not have more.
  if (admissions.filter((at) => at > began - 59_900).length > PER_MINUTE) seen.over++;
  if (!isAdmitted && admissions.length < PER_MINUTE) seen.wrongly++;
}
