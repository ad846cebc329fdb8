/** What a node tells people about itself at each renewal. */
import type { AboutNode } from "../../stores/node-contract.ts";

interface ReportOptions {
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly monotonic: () => number;
  /** Verifications since the start. */
  readonly count: () => number;
  /** What the process knows of itself. */
  readonly about: (() => Partial<AboutNode>) | undefined;
}

export function nodeReport({ startedAt, monotonic, count, about }: ReportOptions): () => AboutNode {
  let [counted, at] = [count(), monotonic()];
  return () => {
    const [all, now] = [count(), monotonic()];
    const verificationsPerSecond = now > at ? Math.round(((all - counted) / (now - at)) * 1_000) : 0;
    [counted, at] = [all, now];
    return { host: "", pid: 0, url: "", version: "", startedAt, verificationsPerSecond, ...about?.() };
  };
}

/** All outcomes together. */
export function sumOf(outcomes: Readonly<Record<string, number>>): number {
  return Object.values(outcomes).reduce((sum, each) => sum + each, 0);
}
