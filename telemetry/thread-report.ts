/** What one thread reports when metrics are scraped. Plain data, which another thread can be sent. */
import type { Statistics } from "../service/index.ts";
import type { Measured } from "./meter.ts";

export interface ThreadReport {
  readonly statistics: Statistics;
  readonly measured: Measured;
}
