/** The access log of a thread: each thread writes its own lines. */
import type { Config } from "../config.ts";
import type { HttpContext } from "../http/context.ts";
import { type AccessLog, accessLog } from "../http/gateway/access-log.ts";
import { LineWriter } from "../telemetry/line-writer.ts";
import type { Meter } from "../telemetry/meter.ts";
import { standardOutput } from "../telemetry/standard-output.ts";

interface OpenAccessLog {
  readonly log: AccessLog;
  /** Writes what waits, within a second. */
  close(): Promise<void>;
}

/** Undefined where it is off. */
export function openAccessLog(
  config: Pick<Config, "accessLog" | "upstreams">,
  context: HttpContext,
  meter: Meter,
): OpenAccessLog | undefined {
  if (!config.accessLog || config.upstreams.length === 0) return undefined;
  const lines = new LineWriter({ sink: standardOutput() });
  meter.droppedLines = () => lines.dropped;
  return { log: accessLog(context, lines), close: () => lines.close() };
}
