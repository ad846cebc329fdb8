/** Opens traces where the configuration asks for them. */
import type { Logger } from "pino";
import type { Config } from "../config.ts";
import type { Tracing } from "../telemetry/tracing.ts";

/** What the project and the published package leave to whoever wants traces. */
const PACKAGES = ["api", "core", "resources", "sdk-trace", "exporter-trace-otlp-proto"].map((name) => `@opentelemetry/${name}`);

/** Loads the library only if it is used. @throws Error with one sentence when it is not installed */
export async function openTracing({ traces }: Pick<Config, "traces">, log: Logger, version: string): Promise<Tracing | undefined> {
  if (traces === undefined) return undefined;
  const { openTelemetryTracing } = await import("../telemetry/opentelemetry.ts").catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== "ERR_MODULE_NOT_FOUND") throw cause;
    throw new Error(
      `OTEL_EXPORTER_OTLP_ENDPOINT is set, and traces need packages that are not installed: npm install ${PACKAGES.join(" ")}`,
      {
        cause,
      },
    );
  });
  return openTelemetryTracing({
    version,
    sampling: traces,
    onProblem: (failure) => log.warn({ failure }, "traces could not be sent; this is said once a minute at most"),
  });
}
