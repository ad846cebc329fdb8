/**
 * Traces by OpenTelemetry: the one file that knows its packages, loaded where traces are on. Endpoint, headers, certificates, compression, timeout and the
 * name of the service are read from the environment by the library itself.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import {
  type Attributes,
  type Context,
  DiagLogLevel,
  diag,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type TextMapGetter,
  trace,
} from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import type { Sampling, Tracing } from "./tracing.ts";

interface TracingOptions {
  readonly version: string;
  readonly sampling: Sampling;
  /** Called at most once a minute, with one sentence about what could not be sent. */
  readonly onProblem: (sentence: string) => void;
}

/** Spans that wait to be sent; more are dropped. */
const MOST_SPANS = 2_048;
const CLOSE_WITHIN_MS = 2_000;
const TOLD_EVERY_MS = 60_000;
const SENTENCE_MAX_CHARACTERS = 200;

export function openTelemetryTracing({ version, sampling, onProblem }: TracingOptions): Tracing {
  diag.setLogger({ error: onceAMinute(onProblem), warn: ignore, info: ignore, debug: ignore, verbose: ignore }, DiagLogLevel.ERROR);
  const own = resourceFromAttributes({ "service.name": "keyward", "service.version": version });
  const provider = new TracerProvider({
    resource: own.merge(detectResources({ detectors: [envDetector] })),
    sampler: samplerOf(sampling),
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter(), maxQueueSize: MOST_SPANS })],
  });
  const tracer = provider.getTracer("keyward", version);
  const propagator = new W3CTraceContextPropagator();
  const underWay = new AsyncLocalStorage<Context>();

  function within<Value>(
    name: string,
    { kind, attributes, parent }: { readonly kind: SpanKind; readonly attributes: Attributes; readonly parent: Context },
    run: (span: Span) => Promise<Value>,
  ): Promise<Value> {
    const span = tracer.startSpan(name, { kind, attributes }, parent);
    return underWay.run(trace.setSpan(parent, span), async () => {
      try {
        return await run(span);
      } catch (error) {
        // Not its message, which may quote what the client sent.
        span.setAttribute("error.type", error instanceof Error ? error.name : "unknown").setStatus({ code: SpanStatusCode.ERROR });
        throw error;
      } finally {
        span.end();
      }
    });
  }

  return {
    request({ method, route, surface, requestId, rawHeaders }, serve) {
      const attributes = {
        "http.request.method": method,
        "http.route": route,
        "keyward.surface": surface,
        ...(requestId !== undefined && { "keyward.request_id": requestId }),
      };
      const parent = propagator.extract(ROOT_CONTEXT, rawHeaders, ONE_LINE);
      return within(`${method} ${route}`, { kind: SpanKind.SERVER, attributes, parent }, async (span) => {
        const response = await serve();
        span.setAttribute("http.response.status_code", response.status);
        if (response.status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
        return response;
      });
    },
    storeCall(method, beginsTrace, run) {
      const parent = underWay.getStore();
      if (parent === undefined && !beginsTrace) return run();
      const attributes = { "db.operation.name": method };
      return within(`store ${method}`, { kind: SpanKind.CLIENT, attributes, parent: parent ?? ROOT_CONTEXT }, run);
    },
    async close() {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, CLOSE_WITHIN_MS);
      await Promise.race([provider.shutdown().catch(ignore), promise]);
      clearTimeout(timer);
      diag.disable();
    },
  };
}

const ignore = (): void => undefined;

function samplerOf({ root, ratio, isParentBased }: Sampling): Sampler {
  const samplers = {
    always_on: () => new AlwaysOnSampler(),
    always_off: () => new AlwaysOffSampler(),
    traceidratio: () => new TraceIdRatioBasedSampler(ratio),
  };
  const sampler = samplers[root]();
  return isParentBased ? new ParentBasedSampler({ root: sampler }) : sampler;
}

/** A header that was sent twice says nothing. */
const ONE_LINE: TextMapGetter<readonly string[]> = {
  keys: (rawHeaders) => rawHeaders.filter((_line, at) => at % 2 === 0),
  get(rawHeaders, wanted) {
    const values = rawHeaders.filter((_line, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === wanted);
    return values.length === 1 ? values[0] : undefined;
  },
};

function onceAMinute(tell: (sentence: string) => void): (...said: unknown[]) => void {
  let toldAt = Number.NEGATIVE_INFINITY;
  return (...said) => {
    const now = performance.now();
    if (now - toldAt < TOLD_EVERY_MS) return;
    toldAt = now;
    tell(said.map(String).join(" ").slice(0, SENTENCE_MAX_CHARACTERS));
  };
}
