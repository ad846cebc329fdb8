/**
 * How late the event loop is: a timer that should run every 50 ms says by how much it does not. `monitorEventLoopDelay` of Node measures the same,
 * but its histogram has other buckets than Prometheus' and can be read once: a second scraper, or another thread, would spoil it.
 */
import type { Histograms } from "./histograms.ts";

const EVERY_MS = 50;

/** Notes delays into the first row until the returned function is called. Keeps no process running. */
export function watchEventLoop(delays: Histograms, now: () => number): () => void {
  let dueAt = now() + EVERY_MS;
  const timer = setInterval(() => {
    const at = now();
    delays.note(0, at - dueAt);
    dueAt = at + EVERY_MS;
  }, EVERY_MS).unref();
  return () => clearInterval(timer);
}
